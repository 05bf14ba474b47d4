import { buildCommand, buildRouteMap } from '@stricli/core';
import { AdminClient, isRecord } from '../admin-client.ts';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { type CommonFlags, commonFlags, textFlag } from '../flags.ts';
import { heldChange, showHeld } from '../held-change.ts';
import { age, table } from '../output/table.ts';
import { printJson, reported } from '../report.ts';

/** One of `GET /v1/keys`; milliseconds since the epoch. */
interface KeyEntry {
  readonly kid: string;
  readonly class: string;
  readonly state: string;
  readonly since: number;
  readonly next: { readonly state: string; readonly at: number } | null;
}

const CLASSES = ['wit', 'jwt', 'hop', 'manifest'];

async function list(context: CliContext, flags: CommonFlags): Promise<void> {
  const client = await AdminClient.connect(context, flags);
  const answer = await client.get('/v1/keys');
  const keys = isRecord(answer) && Array.isArray(answer.keys) ? (answer.keys as KeyEntry[]) : [];
  if (flags.json) return printJson(context, { keys });
  const rows = keys.map(({ kid, class: cls, state, since, next }) => [
    kid,
    cls,
    state,
    age(new Date(since).toISOString(), context.now()),
    next === null ? '-' : `${next.state} ${new Date(next.at).toISOString()}`,
  ]);
  context.process.stdout.write(table(['KID', 'CLASS', 'STATE', 'SINCE', 'NEXT'], rows));
}

interface RotateFlags extends CommonFlags {
  readonly activateAfter?: string | undefined;
}

async function rotate(context: CliContext, flags: RotateFlags, cls: string): Promise<void> {
  if (!CLASSES.includes(cls)) {
    throw new CliError('usage', `there is no class of keys ${JSON.stringify(cls)}`, {
      next: `The classes are ${CLASSES.join(', ')}.`,
      exitCode: 2,
    });
  }
  const client = await AdminClient.connect(context, flags);
  const { activateAfter } = flags;
  const answer = await client.post('/v1/keys/rotate', { class: cls, ...(activateAfter && { activateAfter }) });
  if (flags.json) printJson(context, answer);
  const held = heldChange(answer);
  if (held) return showHeld(context, `no ${cls} key is made yet`, held);
  if (flags.json) return;
  context.process.stdout.write(`${kidOf(answer)}\n`);
  context.process.stderr.write(
    `published; it signs ${activateAfter === undefined ? 'in 25 minutes' : `after ${activateAfter}, when every router knows it`}. See gossamer keys list.\n`,
  );
}

async function revoke(context: CliContext, flags: CommonFlags, kid: string): Promise<void> {
  const client = await AdminClient.connect(context, flags);
  const answer = await client.post(`/v1/keys/${encodeURIComponent(kid)}/revoke`, {});
  if (flags.json) printJson(context, answer);
  const held = heldChange(answer);
  if (held) return showHeld(context, `${kid} is not revoked yet`, held);
  if (flags.json) return;
  context.process.stdout.write(`${kidOf(answer)}\n`);
  context.process.stderr.write(
    `signs from now on. Everything that ${kid} signed is void: its holders have to renew.\n`,
  );
}

const kidOf = (answer: unknown): string => (isRecord(answer) ? String(answer.kid) : '-');

const listKeys = buildCommand<CommonFlags, [], CliContext>({
  func: reported(list),
  parameters: { flags: { ...commonFlags } },
  docs: {
    brief: 'Show the signing keys and what happens to them next',
    fullDescription: 'Examples:\n  gossamer keys list',
  },
});

const rotateKey = buildCommand<RotateFlags, [string], CliContext>({
  func: reported(rotate),
  parameters: {
    flags: { ...commonFlags, activateAfter: textFlag('Let it sign after this long, like 30s (25 minutes)', 'TIME') },
    positional: { kind: 'tuple', parameters: [{ parse: String, placeholder: 'CLASS', brief: CLASSES.join(', ') }] },
  },
  docs: {
    brief: 'Let the next key of a class sign',
    fullDescription:
      'Publishes the next key. It signs when everybody had time to learn of it; the one before is believed until all\n' +
      'that it signed has ended. A manifest key may have to be approved by somebody else first: then it exits 1.\n\n' +
      'Examples:\n  gossamer keys rotate wit --activate-after 30s',
  },
});

const revokeKey = buildCommand<CommonFlags, [string], CliContext>({
  func: reported(revoke),
  parameters: {
    flags: { ...commonFlags },
    positional: { kind: 'tuple', parameters: [{ parse: String, placeholder: 'KID', brief: 'As keys list prints it' }] },
  },
  docs: {
    brief: 'Take a signing key out of use at once',
    fullDescription:
      'Everything that it signed is void. For a manifest key somebody else may have to approve it first: then it exits 1.\n\n' +
      'Examples:\n  gossamer keys revoke Zm9vYmFy',
  },
});

export const keysRoutes = buildRouteMap({
  routes: { list: listKeys, rotate: rotateKey, revoke: revokeKey },
  docs: { brief: 'Show, rotate and revoke the signing keys of the mesh' },
});
