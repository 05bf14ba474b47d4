import { buildCommand } from '@stricli/core';
import { MAX_PAGE, MAX_PRINCIPALS, type WhoCan, type WhoCanRequest } from '../../snapshot/inquiry.ts';
import { AdminClient } from '../admin-client.ts';
import type { CliContext } from '../context.ts';
import {
  type CallerFlags,
  type CommonFlags,
  callerAsked,
  callerFlags,
  commonFlags,
  headerFlag,
  textFlag,
} from '../flags.ts';
import { coloursOf } from '../output/colours.ts';
import { whoCanText } from '../output/inquiry.ts';
import { printJson, reported } from '../report.ts';
import { absoluteAddress, headersOf } from '../request-words.ts';

interface WhoCanFlags extends CommonFlags, CallerFlags {
  readonly remoteAddress?: string | undefined;
  readonly header?: readonly string[] | undefined;
}

async function whoCan(context: CliContext, flags: WhoCanFlags, first: string, second?: string): Promise<void> {
  const [method, address] = second === undefined ? ['GET', first] : [first.toUpperCase(), second];
  const ask: WhoCanRequest = {
    method,
    url: absoluteAddress(address),
    ...callerAsked(flags),
    ...(flags.remoteAddress !== undefined && { remoteAddress: flags.remoteAddress }),
    ...(flags.header !== undefined && { headers: headersOf(flags.header) }),
  };
  const client = await AdminClient.connect(context, flags);
  const answer = await allPages(client, ask);
  if (answer.stopped !== undefined) context.outcome = 1;
  if (flags.json) return printJson(context, answer);
  context.process.stdout.write(whoCanText(ask, answer, coloursOf(context)));
}

/** Callers of all pages, with what the first page says of the rest. */
async function allPages(client: AdminClient, ask: WhoCanRequest): Promise<WhoCan> {
  const first = (await client.post('/v1/who-can', ask)) as WhoCan;
  const callers = [...first.callers];
  while (callers.length < Math.min(first.total, MAX_PRINCIPALS)) {
    const next = (await client.post('/v1/who-can', { ...ask, offset: callers.length, limit: MAX_PAGE })) as WhoCan;
    if (next.callers.length === 0) break;
    callers.push(...next.callers);
  }
  return { ...first, callers };
}

export const whoCanCommand = buildCommand<WhoCanFlags, [first: string, second?: string], CliContext>({
  func: reported(whoCan),
  parameters: {
    flags: {
      ...commonFlags,
      ...callerFlags,
      remoteAddress: textFlag('IP address that the caller has, for policies that ask for it', 'IP'),
      header: headerFlag,
    },
    aliases: { H: 'header' },
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: String, placeholder: 'METHOD', brief: 'GET when left out' },
        { parse: String, placeholder: 'URL', brief: 'http://payments.shop.mesh/x', optional: true },
      ],
    },
  },
  docs: {
    brief: 'Say which callers may make a call, and by which policy',
    fullDescription:
      'Judges the call for every identity that a Workload, Service or Gateway has, by the decisions of a router, and\n' +
      'names the rules that let in others. Nothing is sent. Assumes that every caller proves its identity as strongly\n' +
      'as the service asks.\n\n' +
      'Examples:\n' +
      '  gossamer who-can POST http://payments.shop.mesh/charges\n' +
      "  gossamer who-can http://orders.shop.mesh/v1/orders -H 'x-tenant: blue' --json",
  },
});
