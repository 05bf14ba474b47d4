import { afterAll, beforeAll, expect, test } from 'vitest';
import { Program, root } from './programs.ts';

let shop: Program;
let gateway = '';

beforeAll(async () => {
  const args = ['tools/run.js', 'start', '--free-ports'];
  shop = new Program(process.execPath, args, { cwd: root, env: { NO_COLOR: '1' } });
  gateway = /gateway (\S+)/.exec(await shop.line('gateway http'))?.[1] ?? '';
});

// The group of the children is not this one's: only the program itself passes signals on.
afterAll(() => shop.child.kill('SIGTERM'));

test('the first request to try is answered', async () => {
  const answer = await fetch(`${gateway}/products`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ askedBy: 'spiffe://mesh.local/ns/shop/sa/storefront' });
});

test('the second is denied with its reason', async () => {
  const answer = await fetch(`${gateway}/pay-directly`);
  expect(answer.status).toBe(403);
  expect(await answer.json()).toMatchObject({ code: 'permission_denied' });
});

test('an order goes through three services to a version of payments', async () => {
  const answer = await fetch(`${gateway}/orders`, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(201);
  expect(await answer.json()).toMatchObject({ charge: { version: expect.stringMatching(/^v[12]$/) } });
});

test('the table tells who calls whom, and the denials', async () => {
  const row = await shop.line('permission_denied');
  expect(row).toMatch(/^storefront +payments +[\d.]+ +0\.0 % .* \d+ permission_denied$/);
});

test('SIGTERM stops everything and ends with 0', async () => {
  shop.child.kill('SIGTERM');
  expect(await shop.ended).toMatchObject({ code: 0, out: expect.stringContaining('stopping ...') });
  await expect(fetch(`${gateway}/products`)).rejects.toThrow('fetch failed');
});
