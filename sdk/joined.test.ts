import { expect, test } from 'vitest';
import { fakeIssuer, ISSUER, oauthRefusal, type TokenQuestion } from './issuer.fake.ts';
import { joined, type KeyStore } from './joined.ts';
import { CART, newKey } from './surroundings.fake.ts';

const JOIN = 'urn:gossamer:params:oauth:grant-type:join-token';
const join = (keyStore?: KeyStore) =>
  joined({ spiffeId: CART, issuer: ISSUER, joinToken: 'once', ...(keyStore && { keyStore }) });
const grants = (questions: readonly TokenQuestion[]) => questions.map(({ form }) => form.get('grant_type'));

/** Takes its one join token once. */
function issuer() {
  let used = false;
  return fakeIssuer(({ form }) => {
    if (form.get('grant_type') !== JOIN) return undefined;
    if (used) return oauthRefusal('invalid_grant');
    used = true;
    return undefined;
  });
}

class MemoryStore implements KeyStore {
  saved: JsonWebKey | undefined;
  load = async () => this.saved;
  save = async (jwk: JsonWebKey) => {
    this.saved = jwk;
  };
}

test('the join token registers a key, which is proven from then on', async () => {
  const { ports, questions, clock } = issuer();
  const identity = join();
  const first = await identity.credential(ports);
  expect(questions[0]?.form.get('join_token')).toBe('once');
  expect(first.key.extractable).toBe(false);
  clock.time = first.renewAt;
  expect((await identity.credential(ports)).key).toBe(first.key);
  expect(grants(questions)).toEqual([JOIN, 'client_credentials']);
  expect(questions[1]?.form.get('client_assertion')).toBeDefined();
});

test('of many first calls one joins, and all have a token', async () => {
  const { ports, questions } = issuer();
  const identity = join();
  const credentials = await Promise.all(Array.from({ length: 5 }, () => identity.credential(ports)));
  expect(new Set(credentials.map(({ key }) => key)).size).toBe(1);
  expect(grants(questions).filter((grant) => grant === JOIN)).toEqual([JOIN]);
});

test('a start that finds its key needs no join token', async () => {
  const { ports, questions } = issuer();
  const store = new MemoryStore();
  await join(store).credential(ports);
  expect(Object.keys(store.saved ?? {}).sort()).toEqual(['crv', 'd', 'kty', 'x', 'y']);
  await join(store).credential(ports);
  expect(grants(questions)).toEqual([JOIN, 'client_credentials']);
});

test('a key that was saved and not registered is registered with the join token', async () => {
  const store = new MemoryStore();
  store.saved = (await newKey()).privateJwk;
  const { ports, questions } = fakeIssuer(({ form }) =>
    form.get('grant_type') === JOIN ? undefined : oauthRefusal('invalid_client'),
  );
  await join(store).credential(ports);
  expect(grants(questions)).toEqual(['client_credentials', JOIN]);
});

test('a key that can not be saved is not registered', async () => {
  const { ports, questions } = issuer();
  const store: KeyStore = { load: async () => undefined, save: () => Promise.reject(new Error('disk full')) };
  await expect(join(store).credential(ports)).rejects.toThrow('disk full');
  expect(questions).toEqual([]);
});

test('a join token that was used is an error that says so', async () => {
  const { ports } = fakeIssuer(() => oauthRefusal('invalid_grant'));
  await expect(join().credential(ports)).rejects.toThrow('no: invalid_grant');
});
