import { buildCommand } from '@stricli/core';
import { AdminClient } from '../admin-client.ts';
import type { CliContext } from '../context.ts';
import { type CommonFlags, commonFlags } from '../flags.ts';
import { printJson, reported } from '../report.ts';

/** Answer of `GET /v1/whoami`. */
interface Whoami {
  readonly actor: string;
  readonly grants: readonly { readonly role: string; readonly namespaces?: readonly string[] }[];
  readonly permissions: readonly string[];
}

async function whoami(context: CliContext, flags: CommonFlags): Promise<void> {
  const client = await AdminClient.connect(context, flags);
  const answer = (await client.get('/v1/whoami')) as Whoami;
  if (flags.json) return printJson(context, answer);
  const { stdout } = context.process;
  stdout.write(`${answer.actor}\n`);
  for (const { role, namespaces } of answer.grants) {
    stdout.write(`  ${role}${namespaces === undefined ? '' : ` in ${namespaces.join(', ')}`}\n`);
  }
  stdout.write(`may ${answer.permissions.join(', ') || 'nothing'}\n`);
}

export const whoamiCommand = buildCommand<CommonFlags, [], CliContext>({
  func: reported(whoami),
  parameters: { flags: { ...commonFlags } },
  docs: {
    brief: 'Show who the policy store takes you for, and what you may do',
    fullDescription:
      'The token is the bootstrap token of the store, or one of an OIDC issuer that MeshConfig lists.\n\n' +
      'Examples:\n' +
      '  gossamer whoami\n' +
      '  GOSSAMER_ADMIN_TOKEN="$(cat id-token)" gossamer whoami --json',
  },
});
