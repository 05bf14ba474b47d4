import type { BundleKey } from '../snapshot/chunk.ts';
import { encodeBase64Url } from '../snapshot/strict-jws.ts';
import { TrustKeys } from './identity/trust-keys.ts';
import { hashText } from './identity/wit.ts';

const ES256 = { name: 'ECDSA', namedCurve: 'P-256' };
const encoder = new TextEncoder();

/** An issuer that routers trust, with callers of its own: real keys, real signatures. */
export class FakeIssuer {
  readonly trust: TrustKeys;
  readonly hopKey: JsonWebKey;
  readonly #witKey: CryptoKey;

  private constructor(trust: TrustKeys, hopKey: JsonWebKey, witKey: CryptoKey) {
    this.trust = trust;
    this.hopKey = hopKey;
    this.#witKey = witKey;
  }

  static async create(): Promise<FakeIssuer> {
    const [wit, hop] = await Promise.all([newPair(), newPair()]);
    const publicWit = (await crypto.subtle.exportKey('jwk', wit.publicKey)) as BundleKey;
    const hopKey = { ...(await crypto.subtle.exportKey('jwk', hop.privateKey)), kid: 'hop' };
    const key = { kty: 'EC', crv: 'P-256', x: publicWit.x as string, y: publicWit.y as string };
    const trust = await TrustKeys.load({
      kind: 'trust-bundle',
      trustDomain: 'mesh.local',
      spiffe_sequence: 1,
      spiffe_refresh_hint: 300,
      keys: [{ ...key, kid: 'wit', use: 'wit-svid', alg: 'ES256' }],
    });
    return new FakeIssuer(trust, hopKey, wit.privateKey);
  }

  /** Identity headers of a caller for calls to one service. @param now ms since the epoch */
  async headersFor(sub: string, aud: string, now: number): Promise<[string, string][]> {
    const pair = await newPair();
    const { x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
    const iat = Math.floor(now / 1000);
    const wit = await sign(
      { typ: 'wit+jwt', alg: 'ES256', kid: 'wit' },
      {
        iss: 'spiffe://mesh.local',
        sub,
        iat,
        exp: iat + 1800,
        jti: 'a',
        cnf: { jwk: { kty: 'EC', crv: 'P-256', x, y, alg: 'ES256' } },
        'gossamer.mesh/uid': 'uid',
      },
      this.#witKey,
    );
    const proof = { aud, exp: iat + 30, jti: 'b', wth: await hashText(wit) };
    const wpt = await sign({ typ: 'wpt+jwt', alg: 'ES256' }, proof, pair.privateKey);
    return [
      ['workload-identity-token', wit],
      ['workload-proof-token', wpt],
    ];
  }
}

const newPair = (): Promise<CryptoKeyPair> => crypto.subtle.generateKey(ES256, true, ['sign', 'verify']);

async function sign(header: object, payload: object, key: CryptoKey): Promise<string> {
  const text = [header, payload].map((part) => encodeBase64Url(encoder.encode(JSON.stringify(part)))).join('.');
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, encoder.encode(text));
  return `${text}.${encodeBase64Url(new Uint8Array(signature))}`;
}
