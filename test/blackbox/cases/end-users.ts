import { expect, test, vi } from 'vitest';
import { call } from '../client.ts';
import type { Context } from '../context.ts';
import type { Echo } from '../upstream.ts';

/** The service `profile` knows end users, and lets in those of the group `staff`. */
export function endUserCases(context: () => Context): void {
  const inMesh = (headers: Record<string, string>) =>
    call(context().router.url, { to: 'profile.shop.mesh', path: '/echo', as: context().mesh.cart, headers });
  const fromOutside = (headers: Record<string, string>) =>
    call(context().gateway.url, { to: 'www.shop.example', path: '/profile/echo', byHost: true, headers });
  const staff = (claims: object = {}, expires?: number) =>
    context().mesh.login.token('alice', { groups: ['staff'], ...claims }, expires);
  const DENIED = { 'x-test': 'end-user-denied' };
  const received = (): number => context().mesh.a.seen.get(DENIED['x-test']) ?? 0;

  test('a token that the policy asks for: in, and its claims go on in headers', async () => {
    const token = await staff();
    const answer = await inMesh({ 'x-jwt': token, 'x-user': 'root' });
    expect(answer.status).toBe(200);
    expect((JSON.parse(answer.body) as Echo).headers).toMatchObject({ 'x-user': 'alice', 'x-jwt': token });
  });

  test('through the gateway, and carried on', async () => {
    const authorization = `Bearer ${await staff()}`;
    const answer = await fromOutside({ authorization });
    expect(answer.status).toBe(200);
    expect((JSON.parse(answer.body) as Echo).headers).toMatchObject({ 'x-user': 'alice', authorization });
  });

  test('no token, or one of another group: 403, and nothing arrives', async () => {
    const before = received();
    const outsider = await context().mesh.login.token('bob', { groups: ['guests'] });
    expect((await inMesh(DENIED)).status).toBe(403);
    expect((await inMesh({ ...DENIED, 'x-jwt': outsider })).status).toBe(403);
    expect((await fromOutside({ ...DENIED, 'x-user': 'alice' })).status).toBe(403);
    expect(received()).toBe(before);
  });

  test('a decision names the end user whose token held, and nobody else', async () => {
    const bob = await context().mesh.login.token('bob', { groups: ['guests'] });
    const [denied, refused] = [
      await inMesh({ 'x-jwt': bob }),
      await inMesh({ 'x-jwt': `${bob.slice(0, -8)}AAAAAAAA` }),
    ];
    const record = (answer: typeof denied): Promise<Record<string, unknown>> =>
      vi.waitFor(() => context().mesh.store.call('GET', `/v1/decisions/${answer.headers['mesh-decision-id']}`), {
        timeout: 5_000,
        interval: 100,
      });
    expect(await record(denied)).toMatchObject({ status: 403, endUser: expect.stringMatching(/^http.+\/bob$/) });
    expect(await record(refused)).not.toHaveProperty('endUser');
  });

  test.each([
    ['expired', () => staff({}, -60), 'expired'],
    ['for another audience', () => staff({ aud: 'other' }), 'wrong_audience'],
    ['of another issuer', () => staff({ iss: 'https://evil.example' }), 'untrusted_issuer'],
    ['spoiled', async () => `${(await staff()).slice(0, -8)}AAAAAAAA`, 'wrong_signature'],
    ['no token at all', async () => 'opaque', 'malformed'],
  ])('a token that is %s: 401, and nothing arrives', async (_, token, check) => {
    const before = received();
    const text = await token();
    const inside = await inMesh({ ...DENIED, 'x-jwt': text });
    const outside = await fromOutside({ ...DENIED, authorization: `Bearer ${text}` });
    for (const answer of [inside, outside]) {
      expect([answer.status, answer.headers['mesh-reason']]).toEqual([401, 'token_invalid']);
      expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
      expect(JSON.parse(answer.body).check).toBe(check);
    }
    expect(received()).toBe(before);
  });

  test('the gateway says how the client came, and believes nobody else', async () => {
    const answer = await fromOutside({ authorization: `Bearer ${await staff()}`, 'x-forwarded-for': '9.9.9.9' });
    const { headers } = JSON.parse(answer.body) as Echo;
    expect(headers).toMatchObject({ 'x-forwarded-proto': 'http', 'x-forwarded-host': 'www.shop.example' });
    expect(headers['x-forwarded-for'] ?? '').not.toContain('9.9.9.9');
  });
}
