import { CliError } from './cli-error.ts';

/** An address as people type it. The path stays as it was written: normalising it is the router's to explain. */
export function absoluteAddress(address: string): string {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`;
  if (/^https?:\/\/[^/]/i.test(url)) return url;
  throw new CliError('usage', `${JSON.stringify(address)} is no address of a mesh service`, {
    next: 'Write it like http://payments.shop.mesh/x.',
    exitCode: 2,
  });
}

/** `-H 'x-tenant: blue'`, any number of times. */
export function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      if (colon > 0) return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
      throw new CliError('usage', `${JSON.stringify(line)} is no header`, {
        next: "Write it like -H 'x-tenant: blue'.",
        exitCode: 2,
      });
    }),
  );
}
