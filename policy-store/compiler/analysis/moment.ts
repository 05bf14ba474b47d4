/** Milliseconds of a day. */
export const DAY = 86_400_000;

/** Milliseconds since the epoch of a moment in UTC (days from civil, Howard Hinnant). @param month 1..12 */
function utc(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  // Years begin in March, so that the leap day is the last one.
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return (era * 146_097 + dayOfEra - 719_468) * DAY + ((hour * 60 + minute) * 60 + second) * 1000;
}

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?[Zz]$/;

/** A moment as the store writes it; undefined for everything else. */
export const momentOf = (text: string): number | undefined => fromParts(RFC_3339.exec(text));

/** Of a certificate (RFC 5280, 4.1.2.5). @param tag 0x17 UTCTime, 0x18 GeneralizedTime */
export function certificateMoment(tag: number, text: string): number | undefined {
  if (tag === 0x18) return fromParts(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text));
  const century = Number(text.slice(0, 2)) >= 50 ? '19' : '20';
  return tag === 0x17 ? fromParts(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(century + text)) : undefined;
}

function fromParts(parts: RegExpExecArray | null): number | undefined {
  if (parts === null) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  return utc(year, month, day, hour, minute, second);
}
