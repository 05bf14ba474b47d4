import type { UpstreamResponse } from '../../router/index.ts';

/** How a service is asked for a WebSocket. */
export interface Handshake {
  /** With what the client offered (Sec-WebSocket-Protocol), without what is made anew for each connection. */
  readonly headers: readonly (readonly [string, string])[];
  readonly signal: AbortSignal;
  /** Leads to where the URL does: the runtime's own, or that of a service binding. */
  readonly fetch: FetchRuntime['fetch'];
}

/** Ways in which the fetch of one runtime differs from that of another. */
export interface FetchRuntime {
  /** As `gossamer status` shows it. */
  readonly name: 'deno' | 'bun' | 'workerd';
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** A service binding by name; undefined where there are none, or none of this name. */
  readonly binding?: (name: string) => { fetch(url: string, init: RequestInit): Promise<Response> } | undefined;
  /** Members of RequestInit that only this runtime knows. */
  readonly init: object;
  /** Host can be sent as it was addressed. Else it is the endpoint's own, and X-Forwarded-Host says what was addressed. */
  readonly sendsHost: boolean;
  /**
   * Deno decodes bodies and leaves their headers as they were, unless the first Accept-Encoding field of the request is
   * `identity`. What the caller accepts then goes in a field of its own behind it.
   */
  readonly identityFirst: boolean;
  /**
   * Its fetch sends a request once more by itself when the connection is reset, whatever the method, unless the body is a
   * stream: a stream is what it then gets for methods that must not be sent twice.
   */
  readonly sendsAgain: boolean;
  /** Whether a rejection of fetch means that no connection was made. */
  readonly isConnectError: (error: unknown) => boolean;
  /**
   * Whether a rejection of fetch, of a request whose body was streamed, means that the body broke off: that its caller
   * went away. A runtime may say so only later than fetch rejects, or not at all.
   */
  readonly isCallersError: (error: unknown) => 'yes' | 'no' | 'unknown';
  readonly webSocket: {
    /**
     * Asks a service for a WebSocket; a 101 is an answer whose body the runtime's entry knows how to join with a client.
     * @throws Error when there is no answer, as `fetch` does
     */
    readonly dial: (url: string, handshake: Handshake) => Promise<UpstreamResponse>;
    /** As `sendsHost`, of a handshake. */
    readonly sendsHost: boolean;
  };
}
