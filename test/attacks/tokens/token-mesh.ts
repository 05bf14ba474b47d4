import { OpenStore } from '../open-store.ts';
import { RecordingUpstream } from '../recording-upstream.ts';
import { OTHER_PLATFORM, PLATFORM, tokenDocuments } from './documents.ts';
import { base64url, type Members, newPair, type Pair, type Part, pairOf } from './forge.ts';
import type { Loot } from './token-class.ts';

export const CART = 'spiffe://mesh.local/ns/shop/sa/cart';

/** Everything that signs anything that the mesh believes. */
export interface MeshKeys {
  readonly cart: Pair;
  readonly login: Pair;
  readonly platform: Pair;
  /** Has the same kid at two other issuers. */
  readonly namesake: Pair;
  readonly twin: Pair;
  readonly stranger: Pair;
  readonly mesh: Loot['keys'];
}

/** Policy store and service of the attacks on tokens, the same for all runtimes. */
export interface TokenMesh {
  readonly store: OpenStore;
  readonly upstream: RecordingUpstream;
  readonly keys: MeshKeys;
  /** Of the Workload `cart`. */
  readonly uid: string;
  /** A good identity token's claims and header. */
  readonly wit: { readonly header: Members; readonly claims: Members };
  signWeakly(header: Part, claims: Part): Promise<string>;
  stop(): Promise<void>;
}

const published = ({ jwk }: Pair, kid: string): object => ({ ...jwk, kid, alg: 'ES256', use: 'sig' });

export async function startTokenMesh(): Promise<TokenMesh> {
  const [cart, login, platform, namesake, twin, stranger, weak] = await Promise.all([
    newPair(),
    newPair(),
    newPair(),
    newPair(),
    newPair(),
    newPair(),
    weakRsa(),
  ]);
  const weakJwk = { ...(await crypto.subtle.exportKey('jwk', weak.publicKey)), kid: 'weak', use: 'sig' };
  const never = [weakJwk, published(twin, 'twin'), published(platform, 'twin')];
  const sets: Readonly<Record<string, readonly object[]>> = {
    [`${PLATFORM}/keys`]: [published(platform, 'p-1'), ...never],
    [`${OTHER_PLATFORM}/keys`]: [published(namesake, 'p-1')],
  };
  const outside = async (url: string) => ({
    status: url in sets ? 200 : 404,
    body: JSON.stringify({ keys: sets[url] ?? [] }),
  });
  const [store, upstream] = await Promise.all([OpenStore.start(outside), RecordingUpstream.start()]);
  const documents = tokenDocuments(upstream.port, {
    cart: cart.jwk,
    login: [published(login, 'k-1'), ...never],
    otherLogin: [published(namesake, 'k-1')],
  });
  await store.post('/v1/apply', documents);
  const jwk = { ...cart.jwk, alg: 'ES256' };
  const { wit } = await store.post('/v1/dev/tokens', { namespace: 'shop', workload: 'cart', jwk });
  const [header, claims] = String(wit).split('.').slice(0, 2).map(decoded) as [Members, Members];
  return {
    store,
    upstream,
    keys: { cart, login, platform, namesake, twin, stranger, mesh: await meshKeys(store) },
    uid: String(claims['gossamer.mesh/uid']),
    wit: { header, claims },
    signWeakly: async (weakHeader, weakClaims) => {
      const text = `${base64url(weakHeader)}.${base64url(weakClaims)}`;
      const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', weak.privateKey, Buffer.from(text));
      return `${text}.${Buffer.from(signature).toString('base64url')}`;
    },
    stop: async () => {
      upstream.stop();
      await store.stop();
    },
  };
}

const decoded = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());

const weakRsa = (): Promise<CryptoKeyPair> =>
  crypto.subtle.generateKey(
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 1024, publicExponent: Uint8Array.of(1, 0, 1) },
    true,
    ['sign', 'verify'],
  );

async function meshKeys(store: OpenStore): Promise<Loot['keys']> {
  const [wit, jwt, hop] = await Promise.all(
    (['wit', 'jwt', 'hop'] as const).map(async (cls) => {
      const { kid, privateJwk } = await store.signingKey(cls);
      return { kid, key: await pairOf(privateJwk) };
    }),
  );
  return { wit, jwt, hop } as Loot['keys'];
}
