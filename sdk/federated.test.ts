import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { federated } from './federated.ts';
import { fakeIssuer, ISSUER } from './issuer.fake.ts';
import { CART, NOW, ORDERS } from './surroundings.fake.ts';

let given = 0;
const idToken = async () => `platform-token-${++given}`;

test('a token of the platform is exchanged for one that is bound to a key of this process', async () => {
  const { ports, questions } = fakeIssuer();
  const { key } = await federated({ spiffeId: CART, issuer: ISSUER, idToken }).credential(ports);
  const [{ form, asked } = expect.fail()] = questions;
  expect(Object.fromEntries(form)).toEqual({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: 'platform-token-1',
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    spiffe_id: CART,
  });
  const dpop = asked.headers.get('dpop')!;
  const { jwk = {} } = decodeProtectedHeader(dpop);
  expect(Object.keys(jwk).sort()).toEqual(['crv', 'kty', 'x', 'y']);
  const { payload } = await jwtVerify(dpop, await importJWK(jwk, 'ES256'), { currentDate: new Date(NOW) });
  expect(payload).toMatchObject({ htm: 'POST', htu: `${ISSUER}/v1/token` });
  expect(key.extractable).toBe(false);
});

test('a renewal takes a fresh token of the platform, and keeps the key', async () => {
  const { ports, questions, clock } = fakeIssuer();
  const identity = federated({ spiffeId: CART, issuer: ISSUER, idToken });
  const first = await identity.credential(ports);
  clock.time = first.renewAt;
  expect((await identity.credential(ports)).key).toBe(first.key);
  expect(questions[1]?.form.get('subject_token')).not.toBe(questions[0]?.form.get('subject_token'));
});

test('a token for somebody else is not used', async () => {
  const identity = federated({ spiffeId: ORDERS, issuer: ISSUER, idToken });
  await expect(identity.credential(fakeIssuer().ports)).rejects.toThrow(`not for ${ORDERS}`);
});

test('a platform that gives no token is told from an issuer that gives none', async () => {
  const broken = () => Promise.reject(new Error('no metadata server'));
  const identity = federated({ spiffeId: CART, issuer: ISSUER, idToken: broken });
  await expect(identity.credential(fakeIssuer().ports)).rejects.toThrow('the platform gave no OIDC token');
});
