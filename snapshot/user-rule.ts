/** One issuer of end-user tokens, and what becomes of its tokens: a jwtRule of a RequestAuthentication. */
export interface UserRule {
  /** `namespace/name` of the document. */
  readonly policy: string;
  /** `iss`, exactly. */
  readonly issuer: string;
  /** One must be among the token's; absent: not asked. */
  readonly audiences?: readonly string[];
  /** Name of the KeySet in the index (`keySetKey`). */
  readonly keySet: string;
  /** Where its tokens are looked for. Header names in lower case; `prefix` may be empty. */
  readonly headers: readonly { readonly name: string; readonly prefix: string }[];
  readonly params: readonly string[];
  readonly cookies: readonly string[];
  /** The token goes no further than the mesh. */
  readonly strip?: true;
  /** Header, in lower case, that gets the payload as base64url. */
  readonly payloadHeader?: string;
  readonly claimHeaders?: readonly { readonly header: string; readonly claim: string }[];
  /** Claims that are lists separated by spaces. */
  readonly spaceDelimited: readonly string[];
  /** Set when the document is broken: every request to what it holds for is refused. */
  readonly invalid?: string;
}
