import { expect, test } from 'vitest';
import { Refusal } from './exchange.ts';
import { problemReply } from './local-reply.ts';
import { REASONS, type Reason } from './reasons.ts';

const reasons = Object.keys(REASONS) as Reason[];

test.each(reasons)('%s is a problem document with a title of its own', (reason) => {
  const { status, headers, body } = problemReply(
    new Refusal(reason, 'What to do.', { internal: 'inside' }),
    'd1',
    'GET',
  );
  expect([status, headers.get('content-type')]).toEqual([REASONS[reason].status, 'application/problem+json']);
  expect([headers.get('mesh-reason'), headers.get('cache-control')]).toEqual([reason, 'no-store']);
  const { title, ...rest } = JSON.parse(body ?? '') as Record<string, unknown>;
  const type = `/docs/errors.md#${reason}`;
  expect(rest).toEqual({ type, status, code: reason, detail: 'What to do.', instance: 'd1' });
  expect(title).toMatch(/\w+ \w+/);
});

test('titles tell reasons apart', () => {
  const titles = reasons.map(
    (reason) => problemReply(new Refusal(reason, ''), '', 'GET').body?.match(/"title":"[^"]+"/)?.[0],
  );
  expect(new Set(titles).size).toBe(reasons.length);
});

test.each([
  ['unauthenticated', undefined, 'www-authenticate', 'Workload-Identity'],
  ['request_invalid', 405, 'allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
  ['request_invalid', 400, 'allow', undefined],
  ['snapshot_unavailable', undefined, 'retry-after', '1'],
] as const)('%s (%s) carries %s', (reason, status, name, value) => {
  const refusal = new Refusal(reason, '', status === undefined ? {} : { status });
  expect(problemReply(refusal, 'd1', 'GET').headers.get(name)).toBe(value);
});
