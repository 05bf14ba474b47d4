import { z } from '@hono/zod-openapi';
import { MAX_PAGE, MAX_PRINCIPALS, type WhatCan, type WhoCan } from '../../snapshot/inquiry.ts';
import type { Distribution } from '../distribution.ts';
import type { Documents } from '../documents.ts';
import { knownPrincipals, principalNamed } from '../known-principals.ts';
import type { StorePorts } from '../ports.ts';
import { StoreRefusal } from '../refusal.ts';
import { MEBIBYTE, takes } from './bodies.ts';
import type { Api } from './endpoint.ts';
import { endpoint, json, jsonBody } from './endpoint.ts';
import { explainRequest, whatCanRequest, whoCanRequest } from './schemas.ts';

interface Parts {
  readonly documents: Documents;
  readonly distribution: Distribution;
  readonly ports: StorePorts;
}

/** Questions about the policies, answered by the functions that decide requests. */
export function inquiryRoutes(api: Api, parts: Parts): void {
  explainRoute(api, parts);
  whoCanRoute(api, parts);
  whatCanRoute(api, parts);
}

const content = (schema: z.ZodType) => ({ body: { content: { 'application/json': { schema } }, required: true } });
const BODY_LIMIT = MEBIBYTE / 16;

/** @throws StoreRefusal `explain_unavailable` */
function available<T>(port: T | undefined): T {
  if (port === undefined) throw new StoreRefusal('explain_unavailable', 'This store runs without a router to ask.');
  return port;
}

function explainRoute(api: Api, { distribution, ports }: Parts): void {
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/explain',
      summary: 'What would happen to a request, and why',
      needs: 'traffic:read',
      request: content(explainRequest),
      responses: json('The explanation.', z.looseObject({ verdict: z.string(), summary: z.string() })),
      problems: [400, 413, 415],
    },
    takes('application/json'),
    async (ask) => {
      const explain = available(ports.explain);
      return ask.json(await explain(distribution, await jsonBody(ask, explainRequest, BODY_LIMIT)));
    },
  );
}

function whoCanRoute(api: Api, { documents, distribution, ports }: Parts): void {
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/who-can',
      summary: 'Which callers may make a call, and by which policy',
      description:
        `Every identity of the documents is judged (of more than ${MAX_PRINCIPALS} the first), at most ${MAX_PAGE} ` +
        'in one answer; rules that let in others are named.',
      needs: 'traffic:read',
      request: content(whoCanRequest),
      responses: json('One page of callers.', z.looseObject({ callers: z.array(z.unknown()), total: z.int() })),
      problems: [400, 413, 415],
    },
    takes('application/json'),
    async (ask) => {
      const whoCan = available(ports.whoCan);
      const asked = await jsonBody(ask, whoCanRequest, BODY_LIMIT);
      const known = knownPrincipals((await documents.state()).compiled).slice(0, MAX_PRINCIPALS);
      return ask.json((await whoCan(distribution, asked, known)) satisfies WhoCan);
    },
  );
}

function whatCanRoute(api: Api, { documents, distribution, ports }: Parts): void {
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/what-can',
      summary: 'What a principal may do at each service, and by which policy',
      description: `At most ${MAX_PAGE} services in one answer.`,
      needs: 'traffic:read',
      request: content(whatCanRequest),
      responses: json('One page of services.', z.looseObject({ services: z.array(z.unknown()), total: z.int() })),
      problems: [400, 404, 413, 415],
    },
    takes('application/json'),
    async (ask) => {
      const whatCan = available(ports.whatCan);
      const asked = await jsonBody(ask, whatCanRequest, BODY_LIMIT);
      const { compiled } = await documents.state();
      const principal = principalNamed(asked.principal, compiled);
      if (principal === undefined) {
        throw new StoreRefusal(
          'not_found',
          `No Workload, Service or Gateway is named ${asked.principal}. Or ask with a SPIFFE ID.`,
        );
      }
      const services = compiled.services.map(({ namespace, name }) => `${namespace}/${name}`);
      const told = await whatCan(distribution, { ...asked, principal }, services);
      const of = knownPrincipals(compiled).find(({ id }) => id === principal)?.of ?? [];
      return ask.json({ ...told, of } satisfies WhatCan);
    },
  );
}
