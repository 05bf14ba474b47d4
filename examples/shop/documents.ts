import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

/** A workload that enrols by a key of its own. */
export interface Enrolled {
  readonly publicJwk: JsonWebKey;
  readonly privateJwk: JsonWebKey;
}

interface ShopDocument {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: object;
}

/** mesh.yaml with the ports and keys of this run put in. */
export function shopDocuments(ports: ReadonlyMap<string, number>, keys: ReadonlyMap<string, Enrolled>): ShopDocument[] {
  const text = readFileSync(new URL('./mesh.yaml', import.meta.url), 'utf8');
  return parseAllDocuments(text)
    .map((document) => document.toJS() as ShopDocument)
    .map((document) => {
      const { kind, metadata, spec } = document;
      const port = ports.get(metadata.name);
      if (kind === 'Service' && port !== undefined) {
        return { ...document, spec: { ...spec, endpoints: [{ url: `http://127.0.0.1:${port}` }] } };
      }
      const key = keys.get(metadata.name);
      if (kind === 'Workload' && key !== undefined) {
        return { ...document, spec: { ...spec, keys: [key.publicJwk] } };
      }
      return document;
    });
}

/** An ES256 key pair as JWKs. */
export async function makeKey(): Promise<Enrolled> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const { kty, crv, x, y, d } = (await crypto.subtle.exportKey('jwk', pair.privateKey)) as Record<string, string>;
  const publicJwk = { kty, crv, x, y } as JsonWebKey;
  return { publicJwk, privateJwk: { ...publicJwk, d } as JsonWebKey };
}
