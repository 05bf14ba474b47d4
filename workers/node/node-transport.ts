import type { Cancellation } from '../../router/cancellation.ts';
import { type Transport, type UpstreamCall, UpstreamFailure, type UpstreamResponse } from '../../router/ports.ts';
import { Http2Transport } from './http2-transport.ts';
import { Names } from './names.ts';
import { UndiciTransport } from './undici-transport.ts';

/** What the port of a service says when only HTTP/2 is spoken there (KEP-3726). */
const H2C = 'kubernetes.io/h2c';

/** Sends by the protocol of the service's port: HTTP/2 where it says so, HTTP/1.1 everywhere else. */
export class NodeTransport implements Transport {
  readonly #names = new Names();
  readonly #http1 = new UndiciTransport(this.#names);
  readonly #http2 = new Http2Transport(this.#names);

  send(call: UpstreamCall, cancel: Cancellation): Promise<UpstreamResponse> {
    if (call.port.appProtocol !== H2C) return this.#http1.send(call, cancel);
    if (call.upgrade === undefined) return this.#http2.send(call, cancel);
    return Promise.reject(new UpstreamFailure('connect', 'a port that speaks HTTP/2 only takes no upgrade'));
  }

  /** Ends every connection; requests that are still running end with a reset. */
  async close(): Promise<void> {
    await Promise.all([this.#http1.close(), this.#http2.close()]);
  }
}
