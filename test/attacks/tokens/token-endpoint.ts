import { randomUUID } from 'node:crypto';
import { PLATFORM, REPOSITORY } from './documents.ts';
import { askAt } from './door-places.ts';
import { type Sketch, sign } from './forge.ts';
import type { Outcome, Place, Sent } from './token-class.ts';
import { CART, type TokenMesh } from './token-mesh.ts';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const seconds = (): number => Math.floor(Date.now() / 1000);

/** Where the policy store judges what workloads ask for tokens with: `POST /v1/token`. Passed: it hands one out. */
export function endpointPlaces({ store, keys }: TokenMesh): Place[] {
  const { cart, platform } = keys;
  const assertion = (): Sketch => ({
    header: { typ: 'client-authentication+jwt', alg: 'ES256' },
    claims: { iss: CART, sub: CART, aud: store.url, iat: seconds(), exp: seconds() + 60, jti: randomUUID() },
    key: cart,
  });
  const proof = (): Sketch => ({
    header: { typ: 'dpop+jwt', alg: 'ES256', jwk: cart.jwk },
    claims: { htm: 'POST', htu: `${store.url}/v1/token`, iat: seconds(), jti: randomUUID() },
    key: cart,
  });
  const ask = (form: Record<string, string>, dpop: string, how?: Sent['how']): Promise<Outcome> =>
    askAt(store.url, () => false, {
      method: 'POST',
      path: '/v1/token',
      body: new URLSearchParams(form).toString(),
      host: new URL(store.url).host,
      lines: [
        'Content-Type: application/x-www-form-urlencoded',
        `DPoP: ${dpop}`,
        ...(how === 'twice' ? [`DPoP: ${dpop}`] : []),
      ],
    });
  const byKey = (text: string): Record<string, string> => ({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: text,
  });
  return [
    {
      name: 'client assertion',
      statuses: [401],
      says: /"error":"invalid_client"/,
      sketch: async () => assertion(),
      ask: async ({ text }) => ask(byKey(text), await sign(proof())),
    },
    {
      name: 'DPoP proof',
      statuses: [400],
      says: /"error":"invalid_dpop_proof"/,
      sketch: async () => proof(),
      ask: async ({ text, how }) => ask(byKey(await sign(assertion())), text, how),
    },
    {
      name: 'subject token',
      statuses: [400],
      says: /"error":"invalid_request"/,
      sketch: async () => ({
        header: { typ: 'JWT', alg: 'ES256', kid: 'p-1' },
        claims: {
          iss: PLATFORM,
          sub: REPOSITORY,
          aud: 'gossamer',
          repository_id: '7',
          iat: seconds(),
          exp: seconds() + 300,
          jti: randomUUID(),
        },
        key: platform,
      }),
      ask: async ({ text }) =>
        ask(
          {
            grant_type: EXCHANGE,
            subject_token: text,
            subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
            spiffe_id: CART,
          },
          await sign(proof()),
        ),
    },
  ];
}
