import { HeaderList } from '../../router/headers.ts';
import { headerClass } from '../../router/screening/header-class.ts';

/** Fields of an HTTP/2 header block, as node gives them, without the pseudo-header fields. */
export function fieldsOf(raw: readonly string[]): HeaderList {
  const headers = new HeaderList();
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (!name.startsWith(':')) headers.append(name, raw[i + 1] as string);
  }
  return headers;
}

/** Of an upstream's trailers what the client may believe: nothing that frames, routes or names anybody (RFC 9110 6.5.1). */
export function trailersOf(raw: readonly string[]): HeaderList {
  const trailers = fieldsOf(raw);
  trailers.deleteWhere((name) => headerClass(name) !== 'plain' || NO_TRAILERS.has(name));
  return trailers;
}

const NO_TRAILERS: ReadonlySet<string> = new Set(['content-encoding', 'content-type', 'content-range', 'set-cookie']);
