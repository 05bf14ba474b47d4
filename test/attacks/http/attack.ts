import type { Role } from '../../blackbox/runtimes.ts';

/** A request as text, before it is written down. One character a byte. */
export interface Draft {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  /** Field lines without their ends. */
  readonly lines: readonly string[];
  /** All that follows the empty line, chunk sizes included. */
  readonly body: string;
}

export const written = ({ method, target, version, lines, body }: Draft): string =>
  `${method} ${target} ${version}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n${body}`;

export interface Attack {
  /** Of the list of attacks on HTTP, see `rows.ts`. */
  readonly row: string;
  readonly name: string;
  /** Where it is tried: at both when absent. */
  readonly roles?: readonly Role[];
  /** What a good request of this kind looks like; a plain GET when absent. */
  readonly control?: (good: Draft) => Draft;
  /**
   * The same, spoilt.
   * @param good what `control` has made
   * @param inner a whole good request with a mark of its own, to be smuggled
   */
  readonly poison: (good: Draft, inner: string) => Draft | string;
  /**
   * `refused`: nothing of it arrives. `cut`: its body was under way when it went wrong, so it may begin to arrive and
   * never ends. `harmless`: it arrives once at most, without what `lacks` matches. Never is what was smuggled a request.
   */
  readonly outcome: 'refused' | 'cut' | 'harmless';
  /** Statuses of our own refusals, where our own code refuses. 400 when absent. */
  readonly status?: readonly number[];
  readonly lacks?: RegExp;
}

export const plus = (draft: Draft, ...lines: string[]): Draft => ({ ...draft, lines: [...draft.lines, ...lines] });
/** @param lines replaces the field whose name is `name` */
export const replaced = (draft: Draft, name: string, ...lines: string[]): Draft => ({
  ...draft,
  lines: draft.lines.flatMap((line) => (line.toLowerCase().startsWith(`${name}:`) ? lines : [line])),
});
export const fieldOf = (draft: Draft, name: string): string =>
  draft.lines.find((line) => line.toLowerCase().startsWith(`${name}:`)) ?? '';

export const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

/** A POST with a body that is declared. */
export const posted = (draft: Draft): Draft => ({ ...plus(draft, 'Content-Length: 5'), method: 'POST', body: 'hello' });

/** A POST with a body in chunks. */
export const chunked = (draft: Draft): Draft => ({
  ...plus(draft, 'Transfer-Encoding: chunked'),
  method: 'POST',
  body: `${chunk('hello')}0\r\n\r\n`,
});
