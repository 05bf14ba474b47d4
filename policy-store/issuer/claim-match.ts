type Claims = Readonly<Record<string, unknown>>;

/** More members than this are not gone through for one claim. */
const DEEPEST = 8;

/**
 * Whether the claims say exactly this. Names of claims may hold dots (`kubernetes.io`), and dots lead into objects too: when
 * a name can be read in two ways that both lead somewhere, nothing is believed.
 * @param name path of the claim, such as `kubernetes.io.serviceaccount.uid`
 */
export function claimSays(claims: Claims, name: string, value: string): boolean {
  const found = valuesAt(claims, name.split('.').slice(0, 32), DEEPEST);
  return found.length === 1 && says(found[0], value);
}

function says(claim: unknown, value: string): boolean {
  if (typeof claim === 'string') return claim === value;
  return (typeof claim === 'boolean' || Number.isSafeInteger(claim)) && String(claim) === value;
}

function valuesAt(claims: unknown, parts: readonly string[], depth: number): unknown[] {
  if (parts.length === 0) return [claims];
  if (depth === 0 || typeof claims !== 'object' || claims === null || Array.isArray(claims)) return [];
  return parts.flatMap((_, index) => {
    const member = parts.slice(0, index + 1).join('.');
    if (!Object.hasOwn(claims, member)) return [];
    return valuesAt((claims as Claims)[member], parts.slice(index + 1), depth - 1);
  });
}
