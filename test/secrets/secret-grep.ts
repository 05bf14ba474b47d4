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

/** As it is, and as JSON, URLs and headers may carry it. */
const spellings = (text: string): string[] => [
  ...new Set([
    text,
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    Buffer.from(text).toString('base64').replace(/=+$/, ''),
  ]),
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
