import { buildCommand } from '@stricli/core';
import type { ExplainRequest, Explanation } from '../../snapshot/explanation.ts';
import { AdminClient } from '../admin-client.ts';
import { CliError } from '../cli-error.ts';
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
import { explanationText } from '../output/explanation.ts';
import { printJson, reported } from '../report.ts';
import { absoluteAddress, headersOf } from '../request-words.ts';
import { explainDecision, isDecisionId } from './explain-decision.ts';

interface ExplainFlags extends CommonFlags, CallerFlags {
  readonly from?: string | undefined;
  readonly remoteAddress?: string | undefined;
  readonly gateway?: string | undefined;
  readonly endUser?: string | undefined;
  readonly claims?: string | undefined;
  readonly serverName?: string | undefined;
  readonly header?: readonly string[] | undefined;
}

async function explain(context: CliContext, flags: ExplainFlags, first: string, second?: string): Promise<void> {
  if (second === undefined && isDecisionId(first)) {
    return explainDecision(context, await AdminClient.connect(context, flags), first, flags.json);
  }
  const [method, address] = second === undefined ? ['GET', first] : [first.toUpperCase(), second];
  const ask: ExplainRequest = {
    method,
    url: absoluteAddress(address),
    ...(flags.from === undefined ? {} : { from: flags.from }),
    ...callerAsked(flags),
    ...(flags.remoteAddress === undefined ? {} : { remoteAddress: flags.remoteAddress }),
    ...(flags.gateway === undefined ? {} : { gateway: flags.gateway }),
    ...claimsIn(flags),
    ...(flags.serverName === undefined ? {} : { serverName: flags.serverName }),
    ...(flags.header === undefined ? {} : { headers: headersOf(flags.header) }),
  };
  const client = await AdminClient.connect(context, flags);
  const answer = (await client.post('/v1/explain', ask)) as Explanation;
  if (flags.json) return printJson(context, answer);
  context.process.stdout.write(explanationText(ask, answer, coloursOf(context)));
}

/** @returns what the question says of the end user */
function claimsIn({ endUser, claims }: ExplainFlags): Pick<ExplainRequest, 'claims'> {
  if (endUser === undefined && claims === undefined) return {};
  const slash = endUser?.lastIndexOf('/') ?? 0;
  const named = endUser === undefined ? {} : { iss: endUser.slice(0, slash), sub: endUser.slice(slash + 1) };
  const all = { ...objectIn(claims ?? '{}'), ...named };
  if (isText(all.iss) && isText(all.sub)) return { claims: all };
  throw new CliError('usage', 'An end user has an issuer and a subject', {
    next: 'Write --end-user https://issuer.example/alice, or give iss and sub with --claims.',
    exitCode: 2,
  });
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below.
  }
  throw new CliError('usage', '--claims is no JSON object', {
    next: `Write it like --claims '{"groups":["staff"]}'.`,
    exitCode: 2,
  });
}

export const explainCommand = buildCommand<ExplainFlags, [first: string, second?: string], CliContext>({
  func: reported(explain),
  parameters: {
    flags: {
      ...commonFlags,
      from: textFlag('SPIFFE ID of the caller; absent: a caller without identity', 'ID'),
      ...callerFlags,
      remoteAddress: textFlag('IP address that the caller has, for policies that ask for it', 'IP'),
      gateway: textFlag('Ask as a request from outside that arrives at this Gateway', 'NS/NAME'),
      endUser: textFlag('End user, as policies name one: the issuer, a slash, the subject', 'ISS/SUB'),
      claims: textFlag('Claims of the end user as a JSON object; beside --end-user, or with iss and sub', 'JSON'),
      serverName: textFlag('Server name of the TLS handshake at the Gateway; absent: the host of the URL', 'NAME'),
      header: headerFlag,
    },
    aliases: { H: 'header' },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: String,
          placeholder: 'METHOD',
          brief: 'GET when left out; or alone: the Mesh-Decision-Id of an answer',
        },
        { parse: String, placeholder: 'URL', brief: 'http://payments.shop.mesh/x', optional: true },
      ],
    },
  },
  docs: {
    brief: 'Say what would happen to a request, or what happened to one, and why',
    fullDescription:
      'Runs the decisions of a router on a request that need not happen: which service, which rule and why not the\n' +
      'others, which policy decides. Nothing is sent.\n' +
      'With the Mesh-Decision-Id of an answer alone: tells the request that it belongs to, who decided it and why, and\n' +
      'what the policies in force now would do with it.\n\n' +
      'Examples:\n' +
      '  gossamer explain --from spiffe://mesh.local/ns/shop/sa/storefront GET http://payments.shop.mesh/x\n' +
      '  gossamer explain --gateway shop/edge GET http://shop.example/\n' +
      '  gossamer explain 0af7651916cd43dd8448eb211c80319c\n' +
      "  gossamer explain POST http://orders.shop.mesh/v1/orders -H 'x-tenant: blue' --json",
  },
});
