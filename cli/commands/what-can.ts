import { buildCommand } from '@stricli/core';
import { MAX_PAGE, type WhatCan, type WhatCanRequest } from '../../snapshot/inquiry.ts';
import { AdminClient } from '../admin-client.ts';
import type { CliContext } from '../context.ts';
import { type CommonFlags, commonFlags } from '../flags.ts';
import { coloursOf } from '../output/colours.ts';
import { whatCanText } from '../output/inquiry.ts';
import { printJson, reported } from '../report.ts';

async function whatCan(context: CliContext, flags: CommonFlags, principal: string): Promise<void> {
  const client = await AdminClient.connect(context, flags);
  const answer = await allPages(client, { principal });
  if (answer.refused !== undefined) context.outcome = 1;
  if (flags.json) return printJson(context, answer);
  context.process.stdout.write(whatCanText(answer, coloursOf(context)));
}

async function allPages(client: AdminClient, ask: WhatCanRequest): Promise<WhatCan> {
  const first = (await client.post('/v1/what-can', ask)) as WhatCan;
  const services = [...first.services];
  while (first.refused === undefined && services.length < first.total) {
    const next = (await client.post('/v1/what-can', { ...ask, offset: services.length, limit: MAX_PAGE })) as WhatCan;
    if (next.services.length === 0) break;
    services.push(...next.services);
  }
  return { ...first, services };
}

export const whatCanCommand = buildCommand<CommonFlags, [principal: string], CliContext>({
  func: reported(whatCan),
  parameters: {
    flags: commonFlags,
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: String, placeholder: 'WHO', brief: 'SPIFFE ID, or NS/NAME of a Workload, Service or Gateway' },
      ],
    },
  },
  docs: {
    brief: 'Say what a caller may do at each service, and by which policy',
    fullDescription:
      'Reads the policies in force for one caller: what is asked of the request (methods, paths, headers) is told, what\n' +
      'is asked of the caller is judged.\n\n' +
      'Examples:\n' +
      '  gossamer what-can shop/storefront\n' +
      '  gossamer what-can spiffe://mesh.local/ns/shop/sa/storefront --json',
  },
});
