import { nativeCrypto } from './crypto-provider.ts';
import type { IdentityPorts } from './identity.ts';
import { type Asked, CART, fakeFetch, newKey, SetClock, witFor } from './surroundings.fake.ts';

export const ISSUER = 'https://admin.example';
const key = await newKey();

/** A question that reached the token endpoint. */
export interface TokenQuestion {
  readonly form: URLSearchParams;
  readonly asked: Asked;
}

/** The OAuth error that an issuer answers with. */
export const oauthRefusal = (error: string): Response =>
  Response.json({ error, error_description: `no: ${error}` }, { status: 400 });

/** An issuer that mints for CART, unless `answer` says otherwise. */
export function fakeIssuer(answer: (question: TokenQuestion) => Response | undefined = () => undefined) {
  const clock = new SetClock();
  const questions: TokenQuestion[] = [];
  const fetch = fakeFetch(async (asked) => {
    if (asked.url.includes('.well-known'))
      return Response.json({ issuer: ISSUER, token_endpoint: `${ISSUER}/v1/token` });
    const question = { form: new URLSearchParams(asked.init.body as URLSearchParams), asked };
    questions.push(question);
    const exp = Math.floor(clock.time / 1000) + 1800;
    return answer(question) ?? Response.json({ access_token: await witFor(CART, exp, key), expires_in: 1800 });
  });
  const ports: IdentityPorts = { fetch, now: clock.now, warn: () => {}, crypto: nativeCrypto };
  return { clock, questions, ports };
}
