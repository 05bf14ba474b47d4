import { z } from '@hono/zod-openapi';
import type { StatsAnswer } from '../../snapshot/telemetry.ts';
import type { Decisions } from '../decisions/decisions.ts';
import type { Distribution } from '../distribution.ts';
import type { Documents } from '../documents.ts';
import type { StorePorts } from '../ports.ts';
import { telemetryReport } from '../rollups/report-schema.ts';
import type { Rollups } from '../rollups/rollups.ts';
import { LONGEST_WINDOW } from '../rollups/window.ts';
import { MEBIBYTE, takes } from './bodies.ts';
import type { Api } from './endpoint.ts';
import { endpoint, json, jsonBody, query } from './endpoint.ts';
import { duration, statsAnswer } from './schemas.ts';

interface Parts {
  readonly documents: Documents;
  readonly distribution: Distribution;
  readonly rollups: Rollups;
  readonly decisions: Decisions;
  readonly ports: StorePorts;
}

/** What the mesh does. */
export function observeRoutes(api: Api, parts: Parts): void {
  healthRoutes(api, parts);
  trafficRoutes(api, parts);
}

function healthRoutes(api: Api, { distribution }: Parts): void {
  const word = z.object({ status: z.string() });
  endpoint(
    api,
    {
      method: 'get',
      path: '/healthz',
      summary: 'The process answers',
      needs: 'nothing',
      responses: json('It does.', word),
    },
    [],
    (ask) => ask.json({ status: 'ok' }),
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/readyz',
      summary: 'The database answers and there is a snapshot',
      needs: 'nothing',
      responses: json('Both.', word),
      problems: [503],
    },
    [],
    async (ask) => {
      await distribution.newest();
      return ask.json({ status: 'ready' });
    },
  );
}

function trafficRoutes(api: Api, { documents, distribution, rollups, decisions, ports }: Parts): void {
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/telemetry',
      summary: 'What a router counted and decided since its last report',
      needs: 'telemetry:write',
      request: { body: { content: { 'application/json': { schema: telemetryReport } }, required: true } },
      responses: json('Taken, or known already.', z.object({ accepted: z.boolean() })),
      problems: [400, 413, 415],
    },
    takes('application/json'),
    async (ask) => {
      const report = await jsonBody(ask, telemetryReport, 8 * MEBIBYTE);
      const now = ports.clock.now();
      const accepted = rollups.take(report, now);
      if (accepted) decisions.take(report.decisions ?? [], report.router, now);
      return ask.json({ accepted });
    },
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/stats',
      summary: 'Traffic by edge over the last seconds',
      needs: 'traffic:read',
      request: { query: z.object({ window: query('`10s` (default 60s), at most 5m.') }) },
      responses: json('The edges with traffic, busiest first.', statsAnswer),
      problems: [400],
    },
    [],
    async (ask) => {
      const window = duration(ask.req.query('window'), 'window', LONGEST_WINDOW) ?? 60_000;
      const { revision } = await distribution.newest();
      const edges = rollups.stats(window, ports.clock.now());
      return ask.json({ windowSeconds: window / 1000, revision, edges } satisfies StatsAnswer);
    },
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/metrics',
      summary: 'Prometheus text format 0.0.4',
      needs: 'traffic:read',
      responses: { 200: { description: 'The metrics.', content: { 'text/plain': { schema: z.string() } } } },
    },
    [],
    async () => {
      const [{ revision, generation }, routers, { compiled }] = await Promise.all([
        distribution.newest(),
        distribution.routers(),
        documents.state(),
      ]);
      const text = rollups.metrics({
        revision,
        generation,
        routers: routers.map(({ role, generation: held }) => ({ role, synced: held >= generation })),
        domain: compiled.mesh.domain,
      });
      return new Response(text, { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } });
    },
  );
}
