/** A person or program outside of the mesh, by a token of an issuer that a RequestAuthentication names. */
export interface EndUser {
  /** `iss`. */
  readonly issuer: string;
  /** `sub`. */
  readonly subject: string;
  /** `iss/sub`: what policies call requestPrincipal. */
  readonly principal: string;
  /** `aud`, always as a list. */
  readonly audiences: readonly string[];
  /** `azp`: whom the token was issued to. */
  readonly presenter: string | undefined;
  /** As policies see them: lists separated by spaces are lists. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The end user that claims speak of. @param claims with `iss` and `sub` that are texts */
export function endUserOf(
  claims: Readonly<Record<string, unknown>>,
  spaceDelimited: readonly string[],
  expiresAt: number,
): EndUser {
  const { iss, sub, aud, azp } = claims;
  const issuer = String(iss);
  const subject = String(sub);
  return {
    issuer,
    subject,
    principal: `${issuer}/${subject}`,
    audiences: (Array.isArray(aud) ? aud : [aud]).filter((name) => typeof name === 'string'),
    presenter: typeof azp === 'string' ? azp : undefined,
    claims: { ...claims, ...listsOf(claims, spaceDelimited) },
    expiresAt,
  };
}

function listsOf(claims: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  const lists: Record<string, unknown> = {};
  for (const name of names) {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
    if (typeof value === 'string') lists[name] = value.split(' ').filter((part) => part !== '');
  }
  return lists;
}

/** The claim that a way of names leads to; undefined: there is none. */
export function claimAt(claims: unknown, path: readonly string[]): unknown {
  let value = claims;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** Texts, numbers and truth values; Istio looks at nothing else either. */
export function claimText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
