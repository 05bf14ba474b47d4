import { buildCommand, buildRouteMap } from '@stricli/core';
import { AdminClient, isRecord } from '../admin-client.ts';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { type CommonFlags, commonFlags, namespaceFlag, textFlag } from '../flags.ts';
import { table } from '../output/table.ts';
import { printJson, reported } from '../report.ts';
import { identitiesOf } from './identity.ts';

interface RevokeFlags extends CommonFlags {
  readonly id?: string | undefined;
  readonly workload?: string | undefined;
  readonly namespace?: string | undefined;
  readonly jkt?: string | undefined;
  readonly kid?: string | undefined;
  readonly wait?: string | undefined;
}

async function revoke(context: CliContext, flags: RevokeFlags): Promise<void> {
  const { id, workload, jkt, kid, wait } = flags;
  if (id === undefined && workload === undefined && jkt === undefined && kid === undefined) {
    throw new CliError('usage', 'it is not said what to revoke', {
      next: 'Name it with --id, --workload, --jkt or --kid. `gossamer identity list` shows what there is.',
      exitCode: 2,
    });
  }
  const client = await AdminClient.connect(context, flags);
  const ids = [...(id === undefined ? [] : [id]), ...(workload === undefined ? [] : [await idOf(client, flags)])];
  const lists = { ids, jkts: jkt === undefined ? [] : [jkt], kids: kid === undefined ? [] : [kid] };
  const query = wait === undefined ? '' : `?wait=${encodeURIComponent(wait)}`;
  const answer = await client.post(`/v1/revocations${query}`, lists);
  const { generation, waited } = isRecord(answer) ? answer : {};
  if (waited === false) context.outcome = 1;
  if (flags.json) return printJson(context, answer);
  const reach = waited === undefined ? '' : waited ? ', served by every router' : ', not yet served by every router';
  context.process.stdout.write(`revoked in generation ${String(generation)}${reach}\n`);
}

async function idOf(client: AdminClient, { workload, namespace = 'default' }: RevokeFlags): Promise<string> {
  const found = (await identitiesOf(client)).find((one) => one.name === workload && one.namespace === namespace);
  if (found) return found.spiffeId;
  throw new CliError('not_found', `there is no Workload ${namespace}/${workload}`, {
    next: 'Name its namespace with -n, or its SPIFFE ID with --id.',
  });
}

const KINDS = ['ids', 'jkts', 'kids', 'issuedBefore', 'workloads'] as const;

async function list(context: CliContext, flags: CommonFlags): Promise<void> {
  const client = await AdminClient.connect(context, flags);
  const answer = await client.get('/v1/revocations');
  if (flags.json) return printJson(context, answer);
  const lists = isRecord(answer) ? answer : {};
  const rows = KINDS.flatMap((kind) => valuesOf(lists[kind]).map((value) => [kind, value]));
  if (rows.length === 0) return context.process.stdout.write('nothing is revoked\n');
  context.process.stdout.write(table(['KIND', 'VALUE'], rows));
}

function valuesOf(list: unknown): string[] {
  if (Array.isArray(list)) return list.map(String);
  return isRecord(list) ? Object.keys(list) : [];
}

async function undo(context: CliContext, flags: CommonFlags, kind: string, value: string): Promise<void> {
  const client = await AdminClient.connect(context, flags);
  const answer = await client.delete(`/v1/revocations/${encodeURIComponent(kind)}/${encodeURIComponent(value)}`);
  if (flags.json) return printJson(context, answer);
  const { generation } = isRecord(answer) ? answer : {};
  context.process.stdout.write(`taken back in generation ${String(generation)}\n`);
}

const now = buildCommand<RevokeFlags, [], CliContext>({
  func: reported(revoke),
  parameters: {
    flags: {
      ...commonFlags,
      id: textFlag('SPIFFE ID', 'ID'),
      workload: textFlag('Workload', 'NAME'),
      namespace: namespaceFlag,
      jkt: textFlag('Thumbprint of a key of a workload', 'JKT'),
      kid: textFlag('Signing key of the mesh', 'KID'),
      wait: textFlag('Wait this long, like 10s, until every running router serves it', 'TIME'),
    },
    aliases: { n: 'namespace', w: 'workload' },
  },
  docs: {
    brief: 'Refuse an identity or a key from now on',
    fullDescription:
      'Every router refuses what is revoked from its next generation on: on Node at once, elsewhere at the next poll.\n' +
      'With --wait it exits 1 when a running router does not serve it in time.\n\n' +
      'Examples:\n  gossamer revoke --workload cart -n shop --wait 10s\n  gossamer revoke --jkt NzbLsXh8uDCcd',
  },
});

const listRevoked = buildCommand<CommonFlags, [], CliContext>({
  func: reported(list),
  parameters: { flags: { ...commonFlags } },
  docs: { brief: 'Show what is revoked' },
});

const undoRevocation = buildCommand<CommonFlags, [string, string], CliContext>({
  func: reported(undo),
  parameters: {
    flags: { ...commonFlags },
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: String, placeholder: 'KIND', brief: 'ids, jkts, kids or issuedBefore' },
        { parse: String, placeholder: 'VALUE', brief: 'As revoke list prints it' },
      ],
    },
  },
  docs: {
    brief: 'Take a revocation back',
    fullDescription: 'Examples:\n  gossamer revoke undo ids spiffe://mesh.local/ns/shop/sa/cart',
  },
});

export const revokeRoutes = buildRouteMap({
  routes: { now, list: listRevoked, undo: undoRevocation },
  defaultCommand: 'now',
  docs: { brief: 'Refuse identities and keys' },
});
