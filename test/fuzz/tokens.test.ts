import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TokenRefused, verifyOidcToken } from '../../policy-store/issuer/oidc-token.ts';
import { compilePolicies } from '../../router/authorization/compile.ts';
import { Refusal } from '../../router/exchange.ts';
import { HeaderList } from '../../router/headers.ts';
import { AUDIENCE, CALLER, callAs, FakeCaller, NOW, newVerifier, THEN } from '../../router/identity/caller.fake.ts';
import { encodePart, forge, forgePair } from '../../router/identity/token-forge.fake.ts';
import { FakeLogin, ISSUER, ruleOf } from '../../router/identity/user-forge.fake.ts';
import { UserVerifier } from '../../router/identity/user-verifier.ts';
import { serviceAt } from '../../router/routing/mesh.fake.ts';
import { authenticateUser } from '../../router/stages/authenticate-user.ts';
import { decodeBase64Url } from '../../snapshot/strict-jws.ts';
import { fuzz, mutated, TIMEOUT } from './budget.ts';

const caller = await FakeCaller.create();
const stranger = await forgePair();
const wit = await caller.wit();
const wpt = await caller.wpt(await caller.wptClaims(wit));
const strict = await caller.wpt(await caller.wptClaims(wit, await caller.strictClaims('GET', '', '')));
const svid = await caller.svid();
const parent = await caller.parentCall();
const good = [wit, wpt, strict, svid, parent];

const unit = fc.constantFrom(...'AZaz09-_=. +/\n\u0000é"{}:,');
const bytes = mutated(good, unit);

const json: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    1e9,
    -1,
    THEN + 3600,
    253402300799,
    CALLER,
    AUDIENCE,
    'none',
    'HS256',
    [],
    {},
    '__proto__',
  ),
  fc.json({ maxDepth: 2 }).map((text): unknown => JSON.parse(text)),
);

interface Parts {
  readonly header: Record<string, unknown>;
  readonly claims: Record<string, unknown>;
}

const partsOf = (token: string): Parts => {
  const [header, claims] = token
    .split('.')
    .map((part) => new TextDecoder().decode(decodeBase64Url(part) ?? new Uint8Array()));
  return { header: JSON.parse(header ?? '{}'), claims: JSON.parse(claims ?? '{}') };
};

/** Members changed, and signed by nobody, by a stranger, or by the key that the caller itself holds. */
const structure = fc
  .record({
    token: fc.constantFrom(...good),
    part: fc.constantFrom('header', 'claims'),
    name: fc.constantFrom(
      'alg',
      'kid',
      'typ',
      'crit',
      'jwk',
      'sub',
      'aud',
      'exp',
      'iat',
      'nbf',
      'iss',
      'cnf',
      'wth',
      'htm',
      'via',
      '__proto__',
    ),
    value: json,
    signer: fc.constantFrom('none', 'kept', 'stranger', 'own'),
  })
  .map(({ token, part, name, value, signer }) => async (): Promise<string> => {
    const parts = partsOf(token);
    const changed = { ...parts, [part]: { ...parts[part as keyof Parts], [name]: value } };
    const text = `${encodePart(changed.header)}.${encodePart(changed.claims)}`;
    if (signer === 'none') return `${text}.`;
    if (signer === 'kept') return `${text}.${token.split('.')[2]}`;
    // What a caller signs with its own key as a proof is its own word, and good.
    const own = signer === 'own' && token !== wpt && token !== strict;
    return forge(changed.header, changed.claims, own ? caller.own.privateKey : stranger.privateKey);
  });

const hostile = fc.oneof(
  bytes.map((text) => async () => text),
  structure,
);

/** What is signed of a token: the same text is the same statement, whatever its signature looks like. */
const signed = (token: string): string => token.slice(0, token.lastIndexOf('.'));

const accepted = (result: unknown): boolean => !(result instanceof Refusal);

test('the tokens that are changed below are good', async () => {
  const verify = (proof: string) =>
    newVerifier().verify(
      { wit: [wit], wpt: [proof], authorization: undefined },
      AUDIENCE,
      caller.snapshot,
      NOW,
      callAs(),
    );
  expect(accepted(await verify(wpt))).toBe(true);
  expect(accepted(await verify(strict))).toBe(true);
  expect(accepted(await newVerifier().parents.read(parent, CALLER, caller.snapshot, NOW))).toBe(true);
});

test(
  'no identity token and no proof is believed that says something else than what was signed',
  async () => {
    await fuzz(
      fc.asyncProperty(
        hostile,
        fc.constantFrom('wit', 'wpt', 'strict', 'both'),
        hostile,
        async (make, place, other) => {
          const text = await make();
          const credentials = {
            wit: [place === 'wit' || place === 'both' ? text : wit],
            wpt: [place === 'wpt' ? text : place === 'strict' ? text : place === 'both' ? await other() : wpt],
            authorization: undefined,
          };
          const authn = place === 'strict' ? 'strict-proof' : 'proof';
          const call = callAs({ service: { chunk: { authn } } });
          const result = await newVerifier().verify(credentials, AUDIENCE, caller.snapshot, NOW, call);
          if (result instanceof Refusal) {
            expect(['token_invalid', 'unauthenticated']).toContain(result.reason);
            return;
          }
          expect(signed(credentials.wit[0] ?? '')).toBe(signed(wit));
          expect([signed(wpt), signed(strict)]).toContain(signed(credentials.wpt[0] ?? ''));
        },
      ),
    );
  },
  TIMEOUT,
);

test(
  'no bearer token is believed that says something else than what was signed',
  async () => {
    await fuzz(
      fc.asyncProperty(hostile, async (make) => {
        const text = await make();
        const call = callAs({ service: { chunk: { authn: 'bearer' } } });
        const credentials = { wit: [], wpt: [], authorization: `Bearer ${text}` };
        const result = await newVerifier().verify(credentials, AUDIENCE, caller.snapshot, NOW, call);
        if (accepted(result)) expect(signed(text)).toBe(signed(svid));
      }),
    );
  },
  TIMEOUT,
);

test(
  'no chain of callers is believed that no router signed',
  async () => {
    await fuzz(
      fc.asyncProperty(hostile, async (make) => {
        const text = await make();
        const result = await newVerifier().parents.read(text, CALLER, caller.snapshot, NOW);
        if (accepted(result)) expect(signed(text)).toBe(signed(parent));
      }),
    );
  },
  TIMEOUT,
);

const issuer = 'https://issuer.example';
const foreign = await forge(
  { alg: 'ES256', kid: 'one' },
  { iss: issuer, sub: 'a', aud: 'mesh', exp: THEN + 60 },
  caller.own.privateKey,
);

test(
  'no token of a foreign issuer is believed that it did not sign, and nothing but a refusal is thrown',
  async () => {
    const keys = [{ ...caller.own.jwk, kid: 'one' }];
    const by = { issuer, audiences: ['mesh'], keys, now: NOW };
    expect(await verifyOidcToken(foreign, by)).toMatchObject({ sub: 'a' });
    await fuzz(
      fc.asyncProperty(mutated([foreign, wit], unit), async (text) => {
        const read = await verifyOidcToken(text, by).catch((error: unknown) => error);
        if (read instanceof Error) expect(read).toBeInstanceOf(TokenRefused);
        else expect(signed(text)).toBe(signed(foreign));
      }),
    );
  },
  TIMEOUT,
);

const login = await FakeLogin.create();
const user = await login.token({ iss: ISSUER, sub: 'alice', aud: 'shop', exp: THEN + 60, groups: ['staff'] });
const stale = await login.token({ iss: ISSUER, sub: 'bob', aud: 'shop', exp: THEN - 3600 });
const users = new UserVerifier();
const rule = ruleOf({ audiences: ['shop'], claimHeaders: [{ header: 'x-user', claim: 'sub' }], cookies: ['sid'] });

/** At a gateway, whose rules are asked beside the backend's, or in the mesh. */
const endUserAt = async (reporter: 'gateway' | 'router', headers: [string, string][], query: string | undefined) => {
  const list = HeaderList.from(headers);
  const result = await authenticateUser({
    headers: list,
    query,
    now: NOW,
    service: serviceAt('shop/orders', { users: [rule] }),
    widerPolicies: [],
    ...(reporter === 'gateway' && { gatewayPolicies: compilePolicies([], [rule]) }),
    snapshot: { keySet: () => login.keyring },
    parts: { users },
  });
  return { result, written: list.get('x-user') };
};

test(
  'no end user is believed, at routers and at gateways, that its issuer did not sign, and no claim of its goes on',
  async () => {
    const good = await endUserAt('gateway', [['authorization', `Bearer ${user}`]], undefined);
    expect([good.result, good.written]).toMatchObject([{ endUser: { subject: 'alice' } }, 'alice']);
    await fuzz(
      fc.asyncProperty(
        mutated([user, stale, foreign, svid], unit),
        fc.constantFrom('gateway' as const, 'router' as const),
        fc.constantFrom('authorization', 'cookie', 'query'),
        async (text, reporter, place) => {
          const headers: [string, string][] = [['x-user', 'root']];
          if (place === 'authorization') headers.push(['authorization', `Bearer ${text}`]);
          if (place === 'cookie') headers.push(['cookie', `sid=${text}`]);
          const query = place === 'query' ? `access_token=${text}` : undefined;
          const { result, written } = await endUserAt(reporter, headers, query);
          if (result instanceof Refusal) {
            expect([result.reason, result.status]).toEqual(['token_invalid', 401]);
            return;
          }
          const found = (result as { endUser: { principal: string } | null }).endUser;
          // In a cookie or a query a text may end early, so that nothing, or the token itself, stands there.
          if (found === null) expect(written).toBeUndefined();
          else
            expect([found.principal, written, text.includes(signed(user))]).toEqual([`${ISSUER}/alice`, 'alice', true]);
        },
      ),
    );
  },
  TIMEOUT,
);
