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
  /** Whether a rejection of fetch means that no connection was made. */
  readonly isConnectError: (error: unknown) => boolean;
}
