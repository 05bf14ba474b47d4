import type { IssuerKey } from '../../snapshot/key-set.ts';
import { parseStrictObject } from '../../snapshot/strict-json.ts';
import type { IssuerSource, OutsideFetch, OutsideRules } from './issuer-source.ts';
import { readKeySet } from './read-key-set.ts';

/** Asks an issuer for its keys now. Rejects with a message that may be logged. */
export async function fetchKeys(
  source: IssuerSource,
  outside: OutsideFetch,
  rules: OutsideRules,
): Promise<IssuerKey[]> {
  const url = source.jwksUri ?? (await discover(source.issuer, outside, rules));
  return readKeySet(await get(url, outside, rules));
}

/** OpenID Connect Discovery 1.0, 4: the document must name exactly the issuer that was asked for. */
async function discover(issuer: string, outside: OutsideFetch, rules: OutsideRules): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const found = parseStrictObject(await get(url, outside, rules), { depth: 16 });
  if (found.issuer !== issuer) throw new Error('its discovery document names another issuer');
  if (typeof found.jwks_uri !== 'string' || found.jwks_uri.length > 2048) {
    throw new Error('its discovery document has no jwks_uri');
  }
  return found.jwks_uri;
}

async function get(url: string, outside: OutsideFetch, rules: OutsideRules): Promise<string> {
  const { status, body } = await outside(url, rules);
  if (status !== 200) throw new Error(`it answered ${status}`);
  return body;
}
