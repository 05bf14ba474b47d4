import { buildCommand, buildRouteMap } from '@stricli/core';
import { AdminClient, isRecord } from '../admin-client.ts';
import type { CliContext } from '../context.ts';
import { type CommonFlags, commonFlags } from '../flags.ts';
import { table } from '../output/table.ts';
import { printJson, reported } from '../report.ts';

/** One entry of `GET /v1/approvals`. */
interface Pending {
  readonly id: string;
  readonly expiresAt: number;
  readonly actor: string;
  readonly action: string;
  readonly detail: { readonly anchors?: readonly string[] };
}

async function approvals(context: CliContext, flags: CommonFlags): Promise<void> {
  const client = await AdminClient.connect(context, flags);
  const answer = await client.get('/v1/approvals');
  if (flags.json) return printJson(context, answer);
  const items = isRecord(answer) && Array.isArray(answer.items) ? (answer.items as Pending[]) : [];
  if (items.length === 0) return void context.process.stdout.write('nothing waits for approval\n');
  const rows = items.map(({ id, actor, action, detail, expiresAt }) => [
    id,
    action,
    (detail.anchors ?? []).join(', '),
    actor,
    new Date(expiresAt).toISOString(),
  ]);
  context.process.stdout.write(table(['ID', 'ACTION', 'TOUCHES', 'ASKED BY', 'EXPIRES'], rows));
}

async function approve(context: CliContext, flags: CommonFlags, id: string): Promise<void> {
  const client = await AdminClient.connect(context, flags);
  const answer = await client.post(`/v1/approvals/${encodeURIComponent(id)}`, {});
  if (flags.json) return printJson(context, answer);
  const generation = isRecord(answer) ? answer.generation : '';
  context.process.stdout.write(`approved ${id}, generation ${generation}\n`);
}

async function withdraw(context: CliContext, flags: CommonFlags, id: string): Promise<void> {
  const client = await AdminClient.connect(context, flags);
  await client.delete(`/v1/approvals/${encodeURIComponent(id)}`);
  if (flags.json) return printJson(context, { withdrawn: id });
  context.process.stdout.write(`withdrawn ${id}\n`);
}

const idParameter = {
  kind: 'tuple',
  parameters: [{ parse: String, placeholder: 'ID', brief: 'As `gossamer approvals` shows it' }],
} as const;

const listApprovals = buildCommand<CommonFlags, [], CliContext>({
  func: reported(approvals),
  parameters: { flags: { ...commonFlags } },
  docs: {
    brief: 'Show changes of trust that wait for a second person',
    fullDescription:
      'With --json also what each would change. Whoever asked for a change can not approve it.\n\n' +
      'Examples:\n  gossamer approvals --json',
  },
});

const withdrawApproval = buildCommand<CommonFlags, [string], CliContext>({
  func: reported(withdraw),
  parameters: { flags: { ...commonFlags }, positional: idParameter },
  docs: {
    brief: 'Take back a change of trust that waits',
    fullDescription:
      'One that you asked for yourself; an admin takes back that of anybody.\n\n' +
      'Examples:\n  gossamer approvals withdraw 3f0c9a1e-5d0e-4a57-9d1c-8a6f7f1c2b44',
  },
});

export const approvalsRoutes = buildRouteMap({
  routes: { list: listApprovals, withdraw: withdrawApproval },
  defaultCommand: 'list',
  docs: { brief: 'Show changes of trust that wait for a second person, and take them back' },
});

export const approveCommand = buildCommand<CommonFlags, [string], CliContext>({
  func: reported(approve),
  parameters: { flags: { ...commonFlags }, positional: idParameter },
  docs: {
    brief: 'Let a change of trust happen that somebody else asked for',
    fullDescription:
      'The change is judged anew and carried out. Exits 1 when it is refused: what it changes was changed meanwhile.\n\n' +
      'Examples:\n  gossamer approve 3f0c9a1e-5d0e-4a57-9d1c-8a6f7f1c2b44',
  },
});
