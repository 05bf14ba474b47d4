import type { HeaderList } from './headers.ts';

/** A request as the core sees it: never a runtime's Request. */
export interface RequestHead {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** As received: Host, or `:authority`. Empty when the request had none. */
  readonly authority: string;
  /** The request target as received, `/path?query`, before any normalising. */
  readonly target: string;
  readonly headers: HeaderList;
  /** The client offers to switch this HTTP/1.1 connection to another protocol; only where the entry can do it. */
  readonly upgrade?: 'websocket';
}

/** What the runtime knows of the connection a request came on. */
export interface Connection {
  /** The socket's peer (on Workers `cf-connecting-ip`), without port; empty when unknown. */
  readonly remoteAddress: string;
  readonly protocol: 'http/1.0' | 'http/1.1' | 'h2';
  readonly tls: boolean;
  /** Server name of the TLS handshake. */
  readonly serverName?: string;
  /** Gateways only: the logical port of the listener; absent where all listeners share one socket. */
  readonly listenerPort?: number;
  /** Gateways only: `namespace/name` of the Gateway whose own socket this is. */
  readonly gateway?: string;
}

/**
 * A request body. The core never reads it: it asks what may be done with it, and hands it to the Transport,
 * whose runtime knows the concrete class.
 */
export interface Body {
  readonly empty: boolean;
  /** True once a transport has taken bytes that it cannot give back: the request can not be sent again. */
  readonly spent: boolean;
  /** The client has sent all of it; absent or false where the runtime does not tell. */
  readonly complete?: boolean;
  /**
   * Reads the whole body into memory if it is declared to be at most `cap` bytes, so that it can be sent again.
   * Bodies without a declared length stay streams. Rejects when the client goes away.
   */
  buffer(cap: number): Promise<void> | undefined;
  /**
   * base64url(SHA-256) of the raw bytes, of no bytes when it is empty. Reads the whole body into memory, also one of
   * undeclared length, so that it can still be sent, and sent again. Undefined: it is longer than `cap` bytes and lost.
   * Rejects when the client goes away.
   */
  digest(cap: number): Promise<string | undefined>;
}

/**
 * A response body made by the transport, opaque to the core; the same runtime's entry writes it out. Trailers, and the
 * two-way stream after a 101, are parts of it.
 */
export interface UpstreamBody {
  /** Throws the rest away; the connection may be closed. */
  discard(): void;
}

export interface ResponseHead {
  readonly status: number;
  readonly headers: HeaderList;
}

/** What the entry must write to the client. */
export interface Reply extends ResponseHead {
  /** Whether its caller was revoked since: then what is still open of it must end. Absent where that can not be. */
  isRevoked?: (() => boolean) | undefined;
  /** Local replies carry text; proxied ones the transport's body. */
  readonly body: string | UpstreamBody | null;
  /** The entry calls it exactly once, when the last byte is out or will never be. Records the request. */
  finish(end: ReplyEnd): void;
}

export interface ReplyEnd {
  readonly outcome: 'complete' | 'client_closed' | 'upstream_reset';
  /** Body bytes written to the client; undefined where the runtime does not tell. */
  readonly bytesOut?: number;
  readonly bytesIn?: number;
}
