/** What a router needs to join a mesh: written by the policy store as `router-join.json`, a secret. */
export interface Join {
  /** Base URL of the admin API, without trailing slash. */
  readonly store: string;
  /** The router token. */
  readonly token: string;
  /** Public keys that manifests must be signed with. */
  readonly manifestKeys: readonly JsonWebKey[];
}

/** @throws Error that says what is wrong without quoting the text, which holds a token */
export function parseJoin(text: string): Join {
  const { store, token, manifestKeys } = membersOf(text);
  if (typeof store !== 'string' || !/^https?:\/\/[^/?#@]+$/.test(store.replace(/\/$/, ''))) {
    throw new Error('its `store` is no http(s) URL without path');
  }
  if (typeof token !== 'string' || token === '') throw new Error('it has no `token`');
  if (!Array.isArray(manifestKeys) || manifestKeys.length === 0 || !manifestKeys.every(isPublicKey)) {
    throw new Error('its `manifestKeys` are no list of public keys');
  }
  return { store: store.replace(/\/$/, ''), token, manifestKeys };
}

function membersOf(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('it is no JSON');
  }
  if (typeof value !== 'object' || value === null) throw new Error('it is no JSON object');
  return { ...value };
}

const isPublicKey = (key: unknown): key is JsonWebKey =>
  typeof key === 'object' && key !== null && 'kty' in key && !('d' in key);
