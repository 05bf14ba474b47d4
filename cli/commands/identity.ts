import { buildCommand, buildRouteMap } from '@stricli/core';
import { AdminClient, isRecord } from '../admin-client.ts';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { type CommonFlags, commonFlags, namespaceFlag, textFlag } from '../flags.ts';
import { table } from '../output/table.ts';
import { printJson, reported } from '../report.ts';

/** One of `GET /v1/identities`. */
interface Identity {
  readonly namespace: string;
  readonly name: string;
  readonly spiffeId: string;
  readonly keys: readonly { readonly jkt: string; readonly from: string; readonly revoked: boolean }[];
  readonly issuers: readonly string[];
  readonly revoked: boolean;
}

/** Workloads and what proves them. */
export async function identitiesOf(client: AdminClient): Promise<readonly Identity[]> {
  const answer = await client.get('/v1/identities');
  return isRecord(answer) && Array.isArray(answer.identities) ? (answer.identities as Identity[]) : [];
}

interface ListFlags extends CommonFlags {
  readonly namespace?: string | undefined;
}

async function list(context: CliContext, flags: ListFlags): Promise<void> {
  const client = await AdminClient.connect(context, flags);
  const { namespace } = flags;
  const identities = (await identitiesOf(client)).filter(
    (one) => namespace === undefined || one.namespace === namespace,
  );
  if (flags.json) return printJson(context, { identities });
  context.process.stdout.write(table(['NAMESPACE', 'NAME', 'PROVEN BY', 'FROM', 'STATE'], identities.flatMap(rowsOf)));
}

function rowsOf({ namespace, name, keys, issuers, revoked }: Identity): string[][] {
  const ways = [
    ...keys.map((key) => [key.jkt, key.from, key.revoked || revoked ? 'REVOKED' : 'ok']),
    ...issuers.map((issuer) => [issuer, 'federation', revoked ? 'REVOKED' : 'ok']),
  ];
  if (ways.length === 0) ways.push(['-', '-', revoked ? 'REVOKED' : 'cannot enrol yet']);
  return ways.map((way) => [namespace, name, ...way]);
}

interface JoinFlags extends CommonFlags {
  readonly namespace?: string | undefined;
  readonly ttl?: string | undefined;
}

async function join(context: CliContext, flags: JoinFlags, workload: string): Promise<void> {
  const client = await AdminClient.connect(context, flags);
  const { namespace = 'default', ttl } = flags;
  const answer = await client.post('/v1/join-tokens', { namespace, workload, ...(ttl !== undefined && { ttl }) });
  if (flags.json) return printJson(context, answer);
  const { joinToken, spiffeId, expiresAt } = isRecord(answer) ? answer : {};
  if (typeof joinToken !== 'string' || typeof expiresAt !== 'number') {
    throw new CliError('unexpected_answer', 'the policy store answered without a token');
  }
  context.process.stdout.write(`${joinToken}\n`);
  context.process.stderr.write(
    `good once, until ${new Date(expiresAt).toISOString()}, for ${String(spiffeId)}. It is not shown again.\n`,
  );
}

const listIdentities = buildCommand<ListFlags, [], CliContext>({
  func: reported(list),
  parameters: { flags: { ...commonFlags, namespace: namespaceFlag }, aliases: { n: 'namespace' } },
  docs: {
    brief: 'Show the workloads and what proves them',
    fullDescription: 'Examples:\n  gossamer identity list\n  gossamer identity list -n shop --json',
  },
});

const joinWorkload = buildCommand<JoinFlags, [string], CliContext>({
  func: reported(join),
  parameters: {
    flags: { ...commonFlags, namespace: namespaceFlag, ttl: textFlag('How long it is good, at most 10m', 'TIME') },
    positional: { kind: 'tuple', parameters: [{ parse: String, placeholder: 'NAME', brief: 'Workload' }] },
    aliases: { n: 'namespace' },
  },
  docs: {
    brief: 'Make a token that lets a workload register its key, once',
    fullDescription: 'Examples:\n  gossamer identity join cart -n shop --ttl 5m',
  },
});

export const identityRoutes = buildRouteMap({
  routes: { list: listIdentities, join: joinWorkload },
  docs: { brief: 'Show and enrol workloads' },
});
