import { Refusal } from '../exchange.ts';
import type { Screened } from '../facts.ts';
import { isGrpc } from '../grpc.ts';
import { HeaderList } from '../headers.ts';
import { connectionTokens, type HeaderClass, headerClass } from './header-class.ts';

const MAX_BYTES = 32 * 1024;
const MAX_FIELDS = 200;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what splits a header in two
const SPLITTING = /[\x00\r\n]/;

/** The headers of a request, sorted into what goes on and what only the router reads. */
export interface SortedHeaders extends Pick<Screened, 'headers' | 'credentials'> {
  /** First value of each Mesh-* header by name. */
  readonly mesh: ReadonlyMap<string, string>;
  /** Host as sent, if it was among the headers. */
  readonly host: string | undefined;
  /** X-Forwarded-For and -Proto, all values. */
  readonly forwarded: { readonly for: string[]; proto: string | undefined };
}

/** Headers that must not occur twice: two readers would believe two different ones. */
const SINGLE: ReadonlySet<string> = new Set([
  'authorization',
  'workload-identity-token',
  'workload-proof-token',
  'host',
  'content-length',
  'mesh-authority',
  'mesh-deadline',
  'mesh-parent-call',
]);

const QUOTED = /"(?:[^"\\]|\\.)*"/g;
/** A second scheme behind a comma; parameters of one scheme are `name=value`. */
const SECOND_SCHEME = /,\s*[A-Za-z][A-Za-z0-9-]*(?:\s+[^\s=,]|\s*(?:,|$))/;

/** Two Authorization fields, where the runtime has joined them. */
const isJoined = (value: string): boolean => value.includes(',') && SECOND_SCHEME.test(value.replace(QUOTED, '""'));

/** Takes apart what a caller sent. Everything in it is hostile: what is ambiguous is refused, what is reserved is taken off. */
export function screenHeaders(received: HeaderList): SortedHeaders | Refusal {
  const tooLarge = sizeProblem(received);
  if (tooLarge !== undefined) return tooLarge;
  const sorting = new Sorting();
  for (let i = 0; i < received.flat.length; i += 2) {
    const problem = sorting.take(received.flat[i] as string, received.flat[i + 1] as string);
    if (problem !== undefined) return invalid(problem);
  }
  const problem = sorting.close();
  return problem === undefined ? sorting : invalid(problem);
}

const invalid = (detail: string): Refusal => new Refusal('request_invalid', detail);

function sizeProblem({ flat }: HeaderList): Refusal | undefined {
  let bytes = 0;
  for (const text of flat) bytes += text.length + 2;
  if (bytes <= MAX_BYTES && flat.length <= MAX_FIELDS * 2) return undefined;
  return new Refusal('request_too_large', 'The header fields are too many or too long.', { status: 431 });
}

class Sorting implements SortedHeaders {
  readonly headers = new HeaderList();
  readonly mesh = new Map<string, string>();
  readonly credentials: { wit: string[]; wpt: string[]; authorization: string | undefined } = {
    wit: [],
    wpt: [],
    authorization: undefined,
  };
  host: string | undefined;
  readonly forwarded: { readonly for: string[]; proto: string | undefined } = { for: [], proto: undefined };
  readonly #single = new Set<string>();
  readonly #connection: string[] = [];
  #transferEncoding: string | undefined;
  #takesTrailers = false;
  #cookies = 0;

  /** @returns what is wrong with the field */
  take(name: string, value: string): string | undefined {
    const of = headerClass(name);
    if (of === 'bad') return 'A header name is not valid, or can be mistaken for a reserved one.';
    if (SPLITTING.test(value)) return 'A header value holds a line break or NUL.';
    if (SINGLE.has(name)) {
      if (this.#single.has(name)) return `The header ${name} occurs more than once.`;
      this.#single.add(name);
    }
    return this.#sort(of, name, value);
  }

  #sort(of: HeaderClass, name: string, value: string): string | undefined {
    if (of === 'plain') this.#pass(name, value);
    else if (of === 'framing') return this.#frame(name, value);
    else if (of === 'hop-by-hop') return this.#hop(name, value);
    else if (of === 'mesh' && !this.mesh.has(name)) this.mesh.set(name, value);
    else if (of === 'claimed') this.#claim(name, value);
    else if (of === 'identity')
      (name === 'workload-identity-token' ? this.credentials.wit : this.credentials.wpt).push(value);
    else if (of === 'authorization') {
      if (isJoined(value)) return 'The header authorization occurs more than once.';
      this.credentials.authorization = value;
      this.#pass(name, value);
    }
    return undefined;
  }

  #claim(name: string, value: string): void {
    if (name === 'x-forwarded-for') this.forwarded.for.push(value);
    if (name === 'x-forwarded-proto') this.forwarded.proto = value;
  }

  #pass(name: string, value: string): void {
    if (name === 'cookie') this.#cookies++;
    this.headers.append(name, value);
  }

  #frame(name: string, value: string): string | undefined {
    if (name === 'host') {
      this.host = value;
      return undefined;
    }
    if (!/^[0-9]{1,15}$/.test(value)) return 'Content-Length is not a number.';
    this.#pass(name, value);
    return undefined;
  }

  #hop(name: string, value: string): string | undefined {
    if (name === 'connection') this.#connection.push(value);
    if (name === 'te') this.#takesTrailers ||= /(?:^|,)\s*trailers\s*(?:$|,)/i.test(value);
    if (name !== 'transfer-encoding') return undefined;
    if (this.#transferEncoding !== undefined || value.toLowerCase() !== 'chunked') {
      return 'Transfer-Encoding is something else than a single chunked.';
    }
    this.#transferEncoding = value;
    return undefined;
  }

  /** What only the whole list shows. */
  close(): string | undefined {
    if (this.#transferEncoding !== undefined && this.#single.has('content-length')) {
      return 'Content-Length and Transfer-Encoding exclude each other.';
    }
    const named = connectionTokens(this.#connection);
    if (named.some((name) => !LISTABLE.has(headerClass(name))))
      return 'Connection names a header that it must not name.';
    if (named.length > 0) this.headers.deleteWhere((name) => named.includes(name));
    // gRPC servers refuse calls without it: trailers carry the status, through every hop.
    if (this.#takesTrailers && isGrpc(this.headers)) this.headers.append('te', 'trailers');
    // HTTP/2 may split cookies into fields; elsewhere only one field is read (RFC 9113 8.2.3).
    if (this.#cookies > 1) this.headers.set('cookie', this.headers.getAll('cookie').join('; '));
    return undefined;
  }
}

/** What a caller may declare to be meant for this connection only. */
const LISTABLE: ReadonlySet<HeaderClass> = new Set<HeaderClass>(['plain', 'hop-by-hop']);
