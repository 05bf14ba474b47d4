import { buildCommand } from '@stricli/core';
import { AdminClient, isRecord } from '../admin-client.ts';
import type { CliContext } from '../context.ts';
import { type CommonFlags, commonFlags } from '../flags.ts';
import { coloursOf } from '../output/colours.ts';
import { age, table } from '../output/table.ts';
import { printJson, reported } from '../report.ts';

/** One row of `GET /v1/routers`. */
interface RouterState {
  readonly id: string;
  readonly role: string;
  readonly runtime: string;
  readonly revision: number;
  readonly generation: number;
  /** Milliseconds since the epoch. */
  readonly lastSeen: number;
  readonly synced: boolean;
}

async function status(context: CliContext, flags: CommonFlags): Promise<void> {
  const client = await AdminClient.connect(context, flags);
  const routersAnswer = await client.get('/v1/routers');
  const ready = (await client.probe('/readyz')).status === 200;
  const stats = await client.get('/v1/stats?window=60s');
  const routers =
    isRecord(routersAnswer) && Array.isArray(routersAnswer.routers) ? (routersAnswer.routers as RouterState[]) : [];
  const revocations = await client.find('/v1/revocations');
  const revokedIn = isRecord(revocations) && typeof revocations.generation === 'number' ? revocations.generation : 0;
  const behind = routers.filter(({ generation }) => generation < revokedIn).length;
  const revision = isRecord(stats) && typeof stats.revision === 'number' ? stats.revision : 0;
  if (!ready || routers.some((router) => !router.synced)) context.outcome = 1;
  if (flags.json)
    return printJson(context, {
      admin: client.url,
      ready,
      revision,
      revocations: { generation: revokedIn, behind },
      routers,
    });
  const colours = coloursOf(context);
  const { stdout } = context.process;
  stdout.write(
    `policy store ${client.url} ${ready ? colours.green('ready') : colours.red('not ready')}, revision ${revision}\n`,
  );
  if (revokedIn > 0) {
    const reach = behind === 0 ? colours.green('applied everywhere') : colours.red(`${behind} routers do not know it`);
    stdout.write(`newest revocation in generation ${revokedIn}, ${reach}\n`);
  }
  if (routers.length === 0) return stdout.write('no router has asked for a snapshot yet\n');
  const rows = routers.map((router) => [
    router.id,
    router.role,
    router.runtime,
    String(router.revision),
    router.synced ? colours.green('SYNCED') : colours.yellow('STALE'),
    age(new Date(router.lastSeen).toISOString(), context.now()),
  ]);
  stdout.write(`\n${table(['ROUTER', 'ROLE', 'RUNTIME', 'REVISION', 'STATE', 'LAST SEEN'], rows)}`);
}

export const statusCommand = buildCommand<CommonFlags, [], CliContext>({
  func: reported(status),
  parameters: { flags: { ...commonFlags } },
  docs: {
    brief: 'Show the revision in force and who serves it',
    fullDescription:
      'Shows the policy store and every router that asked it for a snapshot. Exits 1 when the store is not ready or a\n' +
      'router is stale.\n\n' +
      'Examples:\n' +
      '  gossamer status\n' +
      '  gossamer status --json',
  },
});
