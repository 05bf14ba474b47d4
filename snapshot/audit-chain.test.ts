import { expect, test } from 'vitest';
import { AUDIT_GENESIS, AuditChain, type AuditRecord, auditHash } from './audit-chain.ts';

async function log(length: number): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  for (let number = 1; number <= length; number++) {
    const entry = { at: number, actor: 'a', action: 'apply', subject: `revision ${number}`, detail: { n: number } };
    const previous = records.at(-1)?.hash ?? AUDIT_GENESIS.hash;
    records.push({ ...entry, number, previous, hash: await auditHash(number, previous, entry) });
  }
  return records;
}

async function firstWrong(records: readonly AuditRecord[]): Promise<[number, string] | undefined> {
  const chain = new AuditChain();
  for (const record of records) {
    const wrong = await chain.add(record);
    if (wrong !== undefined) return [record.number, wrong];
  }
  return undefined;
}

test('a whole log holds, and its head names its last entry', async () => {
  const records = await log(3);
  const chain = new AuditChain();
  for (const record of records) expect(await chain.add(record)).toBeUndefined();
  expect(chain.head).toEqual({ number: 3, hash: records[2]!.hash });
});

test.each([
  ['another actor', (r: AuditRecord[]) => r.with(1, { ...r[1]!, actor: 'b' }), [2, 'its content was changed']],
  ['another detail', (r: AuditRecord[]) => r.with(0, { ...r[0]!, detail: {} }), [1, 'its content was changed']],
  ['an entry taken out', (r: AuditRecord[]) => r.toSpliced(1, 1), [3, 'entry 2 is missing']],
  ['two in other order', (r: AuditRecord[]) => [r[1]!, r[0]!, r[2]!], [2, 'entry 1 is missing']],
  [
    'one with another past',
    (r: AuditRecord[]) => r.with(1, { ...r[1]!, previous: AUDIT_GENESIS.hash }),
    [2, 'it does not follow from the entry before'],
  ],
] as const)('%s is found', async (_, tamper, found) => {
  expect(await firstWrong(tamper(await log(3)))).toEqual(found);
});
