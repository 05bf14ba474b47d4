import { expect, test } from 'vitest';
import { AUDIT_GENESIS, type AuditRecord, auditHash } from '../../snapshot/audit-chain.ts';
import { runCommandLine } from '../application.ts';
import { fakeContext } from '../context.fake.ts';

async function log(length: number): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  for (let number = 1; number <= length; number++) {
    const entry = { at: number, actor: 'vera', action: 'apply', subject: `revision ${number}`, detail: {} };
    const previous = records.at(-1)?.hash ?? AUDIT_GENESIS.hash;
    records.push({ ...entry, number, previous, hash: await auditHash(number, previous, entry) });
  }
  return records;
}

const lines = (records: readonly AuditRecord[]): string => records.map((record) => JSON.stringify(record)).join('\n');

async function gossamer(line: string, world: Parameters<typeof fakeContext>[0]) {
  const context = fakeContext(world);
  return Object.assign(context, { code: await runCommandLine(line.split(' '), context) });
}

test('verify fetches all entries, checks them here and prints the head', async () => {
  const records = await log(2);
  const store = {
    'GET /v1/audit?after=0&limit=500': [200, { items: records }],
    'GET /v1/audit?after=2&limit=500': [200, { items: [] }],
  } as const;
  const run = await gossamer('audit verify', { store });
  expect([run.code, run.out()]).toEqual([0, expect.stringContaining(`head 2:${records[1]!.hash}`)]);
});

test('a tampered export ends with 1 and names the entry', async () => {
  const records = await log(3);
  const stdin = lines(records.with(1, { ...records[1]!, actor: 'mallory' }));
  const run = await gossamer('audit verify -f -', { stdin });
  expect([run.code, run.err()]).toEqual([1, expect.stringContaining('broken at entry 2: its content was changed')]);
});

test.each([
  ['that was cut off', 2, 'is not any more'],
  ['of other entries', 3, 'made anew'],
])('a head that was kept finds a log %s', async (_, length, why) => {
  const head = length === 2 ? (await log(3))[2]!.hash : 'f'.repeat(64);
  const run = await gossamer(`audit verify -f - --head 3:${head}`, { stdin: lines(await log(length)) });
  expect([run.code, run.err()]).toEqual([1, expect.stringContaining(why)]);
});

test('what is no export is said with its line', async () => {
  const run = await gossamer('audit verify -f -', { stdin: `${lines(await log(1))}\n{}` });
  expect([run.code, run.err()]).toEqual([1, expect.stringContaining('-:2 is no entry')]);
});

test('whoami shows who one is', async () => {
  const grants = [{ role: 'service-owner', namespaces: ['shop'] }];
  const store = { 'GET /v1/whoami': [200, { actor: 'spiffe://a/b', grants, permissions: ['self:read'] }] } as const;
  expect((await gossamer('whoami', { store })).out()).toBe('spiffe://a/b\n  service-owner in shop\nmay self:read\n');
});
