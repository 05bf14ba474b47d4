import { buildCommand } from '@stricli/core';
import type { ExplainRequest, Explanation } from '../../snapshot/explanation.ts';
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
import { explanationText } from '../output/explanation.ts';
import { printJson, reported } from '../report.ts';
import { absoluteAddress, headersOf } from '../request-words.ts';
import { explainDecision, isDecisionId } from './explain-decision.ts';

interface ExplainFlags extends CommonFlags, CallerFlags {
  readonly from?: string | undefined;
  readonly remoteAddress?: string | undefined;
  readonly gateway?: string | undefined;
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
    ...(flags.header === undefined ? {} : { headers: headersOf(flags.header) }),
  };
  const client = await AdminClient.connect(context, flags);
  const answer = (await client.post('/v1/explain', ask)) as Explanation;
  if (flags.json) return printJson(context, answer);
  context.process.stdout.write(explanationText(ask, answer, coloursOf(context)));
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
