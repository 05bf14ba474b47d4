import { expect, test } from 'vitest';
import { recordOf } from './record.fake.ts';
import type { Attempt, RequestRecord } from './record.ts';
import { encodeSpans } from './spans.ts';

interface Span {
  name: string;
  kind: number;
  spanId: string;
  parentSpanId?: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: string } }[];
  status: { code?: number };
  links?: object[];
}

const encoded = (...records: RequestRecord[]) => JSON.parse(encodeSpans(records, { serviceName: 'gossamer-router' }));
const spansOf = (...records: RequestRecord[]): Span[] => encoded(...records).resourceSpans[0].scopeSpans[0].spans;
const attribute = (span: Span | undefined, name: string) =>
  span?.attributes.filter(({ key }) => key === name).map(({ value }) => value.stringValue ?? Number(value.intValue))[0];

const trace = (over: object) => ({ ...recordOf().trace, ...over }) as NonNullable<RequestRecord['trace']>;
const attempt = (over: Partial<Attempt>): Attempt => ({ ...(recordOf().attempts[0] as Attempt), ...over });

test('is the OTLP/JSON of a request with one SERVER and one CLIENT span', () => {
  expect(encoded(recordOf({ trace: trace({ parentId: 'd'.repeat(16), state: 'a=1' }) }))).toEqual({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'gossamer-router' } }] },
        scopeSpans: [
          {
            scope: { name: 'gossamer' },
            spans: [
              {
                traceId: 'a'.repeat(32),
                spanId: 'b'.repeat(16),
                parentSpanId: 'd'.repeat(16),
                traceState: 'a=1',
                name: 'GET HTTPRoute/shop/orders/0',
                kind: 2,
                startTimeUnixNano: '1700000000000000000',
                endTimeUnixNano: '1700000000012500000',
                attributes: expect.any(Array),
                status: {},
              },
              {
                traceId: 'a'.repeat(32),
                spanId: 'c'.repeat(16),
                parentSpanId: 'b'.repeat(16),
                traceState: 'a=1',
                name: 'GET HTTPRoute/shop/orders/0',
                kind: 3,
                startTimeUnixNano: '1700000000001000000',
                endTimeUnixNano: '1700000000011000000',
                attributes: expect.any(Array),
                status: {},
              },
            ],
          },
        ],
      },
    ],
  });
});

test('names attributes as OpenTelemetry does', () => {
  const [server] = spansOf(recordOf());
  expect(Object.fromEntries(server?.attributes.map(({ key }) => [key, attribute(server, key)]) ?? [])).toEqual({
    'http.request.method': 'GET',
    'url.scheme': 'http',
    'url.path': '/a',
    'server.address': 'orders.shop.mesh',
    'http.route': 'HTTPRoute/shop/orders/0',
    'http.response.status_code': 200,
    'network.protocol.version': '1.1',
    'http.request.body.size': 0,
    'http.response.body.size': 2,
    'mesh.reporter': 'router',
    'mesh.decision.id': 'd1',
    'mesh.revision': 7,
    'mesh.route': 'HTTPRoute/shop/orders/0',
    'mesh.source.principal': 'spiffe://mesh.local/ns/shop/sa/cart',
    'mesh.destination': 'shop/orders',
    'mesh.backend': 'shop/orders-v2',
    'mesh.authz.decision': 'allow',
  });
});

test('retries are sibling spans that count', () => {
  const attempts = [attempt({ status: undefined, failure: 'reset' }), attempt({ spanId: 'e'.repeat(16) })];
  const [server, first, second] = spansOf(recordOf({ attempts }));
  expect([first?.parentSpanId, second?.parentSpanId]).toEqual([server?.spanId, server?.spanId]);
  expect([first, second].map((span) => attribute(span, 'http.request.resend_count'))).toEqual([undefined, 1]);
  expect([attribute(first, 'error.type'), first?.status]).toEqual(['reset', { code: 2 }]);
});

test.each([
  [404, {}, { code: 2 }],
  [503, { code: 2 }, { code: 2 }],
])('a %i: SERVER status %j, CLIENT status %j', (status, onServer, onClient) => {
  const [server, client] = spansOf(recordOf({ status, attempts: [attempt({ status })] }));
  expect([server?.status, client?.status]).toEqual([onServer, onClient]);
});

test('a refusal is told by its reason', () => {
  const [server] = spansOf(recordOf({ status: 503, reason: 'upstream_connect_failure' }));
  expect(attribute(server, 'error.type')).toBe('upstream_connect_failure');
});

test('what is not sampled, or has no trace, is not exported', () => {
  expect(spansOf(recordOf({ trace: trace({ flags: '02' }) }), recordOf({ trace: undefined }))).toEqual([]);
});

test('the path is never a name', () => {
  const names = spansOf(
    recordOf({ route: undefined, attempts: [] }),
    recordOf({ route: undefined, destination: undefined, method: 'FOO', attempts: [] }),
  ).map(({ name }) => name);
  expect(names).toEqual(['GET shop/orders', 'HTTP']);
});

test('a trace that was not continued is linked', () => {
  const link = { traceId: 'f'.repeat(32), spanId: 'f'.repeat(16) };
  expect(spansOf(recordOf({ trace: trace({ link }) }))[0]?.links).toEqual([link]);
});

test('times keep their fractions and stay whole nanoseconds', () => {
  const times = encoded(recordOf({ startedAt: 1_700_000_000_000, duration: 0.9999 }));
  expect(times.resourceSpans[0].scopeSpans[0].spans[0].endTimeUnixNano).toBe('1700000000001000000');
});
