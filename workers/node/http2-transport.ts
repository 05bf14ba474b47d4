import type { Cancellation } from '../../router/cancellation.ts';
import { type Transport, type UpstreamCall, UpstreamFailure, type UpstreamResponse } from '../../router/ports.ts';
import { isConnectionHeader } from './connection-headers.ts';
import { Http2Exchange } from './http2-exchange.ts';
import { Http2Origin, withSecrets } from './http2-origin.ts';
import { Names } from './names.ts';
import { Origins } from './origins.ts';
import { bodyOf, originOf } from './upstream-address.ts';

/** Sends over HTTP/2 connections, one pool an origin: cleartext with prior knowledge, or TLS. */
export class Http2Transport implements Transport {
  readonly #origins: Origins<Http2Origin>;

  constructor({ lookup } = new Names()) {
    this.#origins = new Origins(
      (origin) => new Http2Origin(origin, lookup),
      (oldest) => oldest.retire(),
    );
  }

  async send(call: UpstreamCall, cancel: Cancellation): Promise<UpstreamResponse> {
    const origin = originOf(call);
    return this.#origins.of(origin).with((connection) => {
      if (cancel.reason !== undefined) throw new UpstreamFailure('cancelled', cancel.reason, true);
      const body = bodyOf(call);
      const abort = new AbortController();
      const stream = connection.request(headersOf(call, origin), { endStream: body === null, signal: abort.signal });
      const exchange = new Http2Exchange(stream, cancel, abort, connection.wasTaken);
      exchange.send(body);
      return exchange.response;
    });
  }

  /** Ends every connection; requests that are still running end with a reset. */
  async close(): Promise<void> {
    for (const origin of this.#origins.clear()) origin.destroy();
  }
}

function headersOf({ method, authority, target, headers }: UpstreamCall, origin: string): string[] {
  const scheme = origin.startsWith('https:') ? 'https' : 'http';
  const outgoing = [':method', method, ':scheme', scheme, ':authority', authority, ':path', target];
  for (const [name, value] of headers) if (!isConnectionHeader(name)) outgoing.push(name, value);
  // We do take trailers; gRPC servers insist on hearing it.
  outgoing.push('te', 'trailers');
  return withSecrets(outgoing);
}
