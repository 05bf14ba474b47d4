/** A secret, and where it may stand: files that are made to hold it, answers that are made to give it. */
export interface Secret {
  readonly name: string;
  readonly text: string;
  readonly allowedIn?: RegExp;
}

/** Anything that came out of the mesh. */
export interface Exposed {
  readonly place: string;
  readonly text: string;
}

/** As it stands inside of anything that is written in base64: what its first and last bytes share with others is left out. */
const inBase64 = (text: string): string[] =>
  [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
    const [from, to] = [Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6)];
    return [bytes.toString('base64').slice(from, to), bytes.toString('base64url').slice(from, to)];
  });

/** As it is, and as JSON, URLs and headers may carry it. */
const spellings = (text: string): string[] => [
  ...new Set([text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1), ...inBase64(text)]),
];

/** `secret in place` of everything that stands where it must not. */
export function leaks(secrets: readonly Secret[], exposed: readonly Exposed[]): string[] {
  return exposed.flatMap(({ place, text }) =>
    secrets
      .filter(
        (secret) => secret.allowedIn?.test(place) !== true && spellings(secret.text).some((one) => text.includes(one)),
      )
      .map(({ name }) => `${name} in ${place}`),
  );
}
