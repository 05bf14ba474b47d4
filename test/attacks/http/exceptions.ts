import type { Runtime } from '../../blackbox/runtimes.ts';

/** A runtime whose own HTTP server is ahead of us, and what it makes of an attack in place of a refusal. */
export interface Exception {
  readonly on: readonly Runtime['name'][];
  /** Of the names of attacks, beginnings. */
  readonly attacks: readonly string[];
  /**
   * `arrives`: once, at the path and the service that were judged. `reads-on`: what follows is read as the client's
   * next request, and judged by itself. `fails`: nothing whole arrives, the answer is an error or there is none.
   */
  readonly outcome: readonly ('arrives' | 'reads-on' | 'fails')[];
  readonly reason: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    on: ['deno', 'workerd'],
    attacks: ['TE.TE: gzip before it', 'TE.TE: twice', 'TE.TE: identity in a field'],
    outcome: ['reads-on'],
    reason: 'It takes the body for chunked, as we do before we refuse it, and keeps the connection.',
  },
  {
    on: ['deno'],
    attacks: ['chunks: size with a space before it', 'TE.TE: line feed alone'],
    outcome: ['arrives', 'reads-on'],
    reason:
      'It skips spaces before a size, and ends a line at a line feed (RFC 9112 2.2). What goes on is framed anew.',
  },
  {
    on: ['bun'],
    attacks: ['an upgrade to'],
    outcome: ['arrives', 'reads-on'],
    reason: 'It ignores the offer; what follows is a request of its own.',
  },
  {
    on: ['deno'],
    attacks: ['CONNECT, then a request behind it', 'an upgrade to', 'a WebSocket with a request behind it'],
    outcome: ['arrives', 'reads-on'],
    reason: 'Where the service answers without switching protocols, what follows is a request of its own.',
  },
  {
    on: ['deno', 'workerd'],
    attacks: ['absolute form, another scheme'],
    outcome: ['arrives'],
    reason: 'It drops the scheme. Service and path are those of the request.',
  },
  {
    on: ['workerd'],
    attacks: ['CL.TE', 'TE.CL', 'both, in the other order'],
    outcome: ['arrives'],
    reason: 'It reads the chunks and hides the length. In production the edge in front frames every request anew.',
  },
  {
    on: ['workerd'],
    attacks: ['chunks: '],
    outcome: ['fails'],
    reason: 'The body breaks off inside the platform after the head was judged; the service never sees its end.',
  },
  {
    on: ['workerd'],
    attacks: ['Content-Length: twice the same', '200 fields of the same name'],
    outcome: ['arrives'],
    reason: 'It joins fields of one name before a worker sees them.',
  },
  {
    on: ['workerd'],
    attacks: ['path "/open/a#'],
    outcome: ['arrives'],
    reason: 'It cuts the fragment off: what is judged is what is sent.',
  },
  {
    on: ['workerd', 'bun'],
    attacks: ['absolute form, another service', 'absolute form, another host', 'absolute form, user info'],
    outcome: ['arrives'],
    reason: 'It reads the target as a URL and takes the host from Host: what is judged is what is sent.',
  },
  {
    on: ['bun'],
    attacks: ['absolute form, no host', 'absolute form, a fragment'],
    outcome: ['arrives'],
    reason: 'The same.',
  },
  { on: ['workerd'], attacks: ['CONNECT'], outcome: ['fails'], reason: 'It answers 500 by itself.' },
  {
    on: ['workerd'],
    attacks: ['an upgrade to an unknown', 'a WebSocket with a request behind it', 'TE.TE: line feed alone'],
    outcome: ['arrives', 'reads-on'],
    reason: 'It ends a line at a line feed; where no protocol was switched, what follows is a request of its own.',
  },
  {
    on: ['workerd'],
    attacks: ['a header that never ends'],
    outcome: ['fails', 'reads-on'],
    reason: 'It answers 431, or waits for the end without keeping what comes.',
  },
  {
    on: ['bun'],
    attacks: [
      'path "/open/./a"',
      'path "/open/%3b/../secret"',
      'path with raw bytes',
      'path with a raw byte',
      'path "/open/<a>"',
      'path "/open/\\"a\\""',
    ],
    outcome: ['arrives'],
    reason: 'It reads the target as a URL before we see it: what is judged is what is sent.',
  },
  {
    on: ['bun'],
    attacks: ['method G\x00T', 'terminal escapes in the method', 'path with a tab', 'path with a space'],
    outcome: ['fails'],
    reason: 'It answers 505 by itself, and closes.',
  },
  {
    on: ['bun'],
    attacks: ['the identity comes in the trailers alone'],
    outcome: ['reads-on'],
    reason: 'It takes trailers for the next request, and refuses that.',
  },
  { on: ['bun'], attacks: ['CONNECT'], outcome: ['fails'], reason: 'It never answers; nothing goes on.' },
];

export const exceptionOf = (name: string, runtime: Runtime): Exception | undefined =>
  EXCEPTIONS.find(({ on, attacks }) => on.includes(runtime.name) && attacks.some((start) => name.startsWith(start)));
