import { buildCommand } from '@stricli/core';
import { AdminClient, isRecord } from '../admin-client.ts';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { type CommonFlags, commonFlags, namespaceFlag } from '../flags.ts';
import { printJson, reported } from '../report.ts';

interface TokenFlags extends CommonFlags {
  readonly workload: string;
  readonly namespace?: string | undefined;
}

async function token(context: CliContext, flags: TokenFlags): Promise<void> {
  const namespace = flags.namespace ?? 'default';
  const client = await AdminClient.connect(context, flags);
  const { publicJwk, privateJwk } = await keyPair();
  const answer = await client.post('/v1/dev/tokens', { namespace, workload: flags.workload, jwk: publicJwk });
  const { wit, spiffeId, expiresAt } = isRecord(answer) ? answer : {};
  if (typeof wit !== 'string' || typeof spiffeId !== 'string' || typeof expiresAt !== 'number') {
    throw new CliError('unexpected_answer', 'the policy store answered without a token', {
      next: 'Is the store of the same version as this command? See `gossamer status`.',
    });
  }
  if (flags.json) return printJson(context, { wit, privateJwk, spiffeId, expiresAt });
  const { stdout, stderr } = context.process;
  stdout.write(`${wit}\n`);
  stderr.write(`${spiffeId}, until ${new Date(expiresAt).toISOString()}\n`);
  stderr.write('A token alone opens nothing: its private key signs a proof for each service. Get both with --json.\n');
}

/** The private half never leaves this process but through stdout. */
async function keyPair(): Promise<{ publicJwk: JsonWebKey; privateJwk: JsonWebKey }> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const exported = await crypto.subtle.exportKey('jwk', pair.privateKey);
  const { kty, crv, x, y, d } = exported as Record<'kty' | 'crv' | 'x' | 'y' | 'd', string>;
  return { publicJwk: { kty, crv, x, y }, privateJwk: { kty, crv, x, y, d } };
}

export const tokenCommand = buildCommand<TokenFlags, [], CliContext>({
  func: reported(token),
  parameters: {
    flags: {
      ...commonFlags,
      workload: { kind: 'parsed', parse: String, placeholder: 'NAME', brief: 'Registered Workload to speak as' },
      namespace: namespaceFlag,
    },
    aliases: { n: 'namespace', w: 'workload' },
  },
  docs: {
    brief: 'Mint a token of a registered Workload (dev mode)',
    fullDescription:
      'Makes a key pair and has the policy store bind a workload identity token to it. For scripts and tests: only a\n' +
      'store in dev mode answers. Services enrol with a registered key of their own.\n\n' +
      'Examples:\n' +
      '  gossamer token --workload storefront -n shop --json',
  },
});
