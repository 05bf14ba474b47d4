import { expect, test } from 'vitest';
import type { ServiceChunk } from '../../snapshot/chunk.ts';
import type { RouteRule } from '../../snapshot/route.ts';
import { Cancellation } from '../cancellation.ts';
import type { HeaderList } from '../headers.ts';
import { meshPipeline } from '../pipeline.ts';
import {
  type Act,
  answers,
  FakeBody,
  FakeClock,
  fails,
  hangs,
  ScriptedTransport,
  slowly,
  takesBody,
} from '../ports.fake.ts';
import { backendAtWeight, ruleAt, serviceAt, tableOf } from '../routing/mesh.fake.ts';
import { codeOf, Served } from '../served.fake.ts';
import { forward } from './forward.ts';

const CART = 'spiffe://mesh.local/ns/shop/sa/cart';
const ENDPOINTS = ['one', 'two', 'three'].map((id) => ({ id, url: `http://127.0.0.1/${id}`, weight: 1 }));

interface Given {
  readonly acts?: Act[];
  readonly clock?: FakeClock;
  readonly rule?: Partial<RouteRule>;
  readonly chunk?: Partial<ServiceChunk>;
  readonly traffic?: Partial<ServiceChunk['traffic']>;
}

function given({ acts = [], clock, rule, chunk, traffic }: Given = {}): Promise<Served> {
  const base = serviceAt('shop/orders').chunk;
  const table = rule && tableOf(ruleAt(0, { backends: [backendAtWeight('shop/orders')], ...rule }));
  const orders = serviceAt('shop/orders', {
    endpoints: ENDPOINTS,
    peerAuthentication: 'PERMISSIVE',
    routes: { default: table ?? null, byPort: {} },
    traffic: { ...base.traffic, ...traffic },
    ...chunk,
  });
  return Served.start(meshPipeline, {
    reporter: 'router',
    mesh: { services: [orders], mesh: { defaultAuthorization: 'allow' } },
    transport: new ScriptedTransport(...acts),
    ...(clock && { clock }),
  });
}

test('a refused connection is tried at other endpoints', async () => {
  const served = await given({ acts: [fails('connect'), fails('connect'), answers(200)] });
  expect((await served.ask()).status).toBe(200);
  expect(new Set(served.transport.endpoints).size).toBe(3);
});

test('two retries are all by default, and the answer is the last failure', async () => {
  const served = await given({ acts: [fails('connect')] });
  const reply = await served.ask();
  expect([reply.status, codeOf(reply)]).toEqual([503, 'upstream_connect_failure']);
  expect(served.transport.calls).toHaveLength(3);
});

test.each([502, 503, 504])('a GET answered with %i is tried again, and that body is let go', async (status) => {
  const served = await given({ acts: [answers(status), answers(200)] });
  expect((await served.ask()).status).toBe(200);
  expect(served.transport.bodies.map(({ discarded }) => discarded)).toEqual([true, false]);
});

test.each([500, 404, 429, 501])('a GET answered with %i is not tried again', async (status) => {
  const served = await given({ acts: [answers(status)] });
  expect((await served.ask()).status).toBe(status);
  expect(served.transport.calls).toHaveLength(1);
});

test('the last answer of a service that keeps failing passes as it is', async () => {
  const served = await given({ acts: [answers(503, { 'x-why': 'full' })] });
  const reply = await served.ask();
  expect([reply.status, reply.headers.get('x-why'), reply.headers.get('mesh-reason')]).toEqual([
    503,
    'full',
    undefined,
  ]);
});

test.each([
  ['reset', fails('reset'), 502],
  ['503', answers(503), 503],
])('a POST of unknown outcome is sent once: %s', async (_name, act, status) => {
  const served = await given({ acts: [act, answers(200)], rule: { retry: { codes: [503], attempts: 3 } } });
  expect((await served.ask({ method: 'POST' })).status).toBe(status);
  expect(served.transport.calls).toHaveLength(1);
});

test('a POST that was never processed is sent again', async () => {
  const served = await given({ acts: [fails('connect'), answers(201)] });
  expect((await served.ask({ method: 'POST', body: new FakeBody(10) })).status).toBe(201);
});

test('an Idempotency-Key makes a POST repeatable', async () => {
  const served = await given({ acts: [fails('reset'), answers(201)] });
  expect((await served.ask({ method: 'POST', headers: { 'idempotency-key': 'k' } })).status).toBe(201);
});

test('unsafe retries are sent again whatever the method', async () => {
  const retry = { ...serviceAt('shop/orders').chunk.traffic.retry, unsafe: true };
  const served = await given({ acts: [fails('reset'), answers(201)], traffic: { retry } });
  expect((await served.ask({ method: 'POST' })).status).toBe(201);
});

test('a POST answered with 503 and Retry-After is sent again where the route names 503', async () => {
  const acts = [answers(503, { 'retry-after': '0' }), answers(201)];
  const served = await given({ acts, rule: { retry: { codes: [503] } } });
  expect((await served.ask({ method: 'POST', body: new FakeBody(9) })).status).toBe(201);
});

test('a small body is kept and sent again', async () => {
  const served = await given({ acts: [takesBody(answers(503)), answers(200)] });
  expect((await served.ask({ method: 'PUT', body: new FakeBody(65_536) })).status).toBe(200);
});

test.each([65_537, 'stream'] as const)('a body of %s is never sent again once it was taken', async (size) => {
  const served = await given({ acts: [takesBody(answers(503)), answers(200)] });
  expect((await served.ask({ method: 'PUT', body: new FakeBody(size) })).status).toBe(503);
});

test('a body that nobody took can be sent after all', async () => {
  const served = await given({ acts: [fails('connect'), takesBody(answers(200))] });
  expect((await served.ask({ method: 'PUT', body: new FakeBody('stream') })).status).toBe(200);
});

test('a client whose body breaks off is recorded as gone', async () => {
  const served = await given();
  const body = new FakeBody(10);
  body.buffer = () => Promise.reject(new Error('aborted'));
  expect(await served.tell({ method: 'PUT', body })).toMatchObject({ status: 499, reason: 'client_closed' });
});

test('a stanza decides codes and number of retries', async () => {
  const served = await given({ acts: [answers(500)], rule: { retry: { codes: [500], attempts: 3 } } });
  expect((await served.ask()).status).toBe(500);
  expect(served.transport.calls).toHaveLength(4);
});

test('a route that runs out of the retries it asked for says so', async () => {
  const served = await given({ acts: [fails('reset')], rule: { retry: { attempts: 1 } } });
  const reply = await served.ask();
  expect([reply.status, codeOf(reply)]).toEqual([503, 'retry_limit_exceeded']);
});

test('the wait before a retry is at least the backoff of the stanza', async () => {
  const served = await given({ acts: [answers(503), answers(200)], rule: { retry: { backoff: 700 } } });
  const start = served.clock.now();
  await served.ask();
  expect(served.clock.now() - start).toBeGreaterThanOrEqual(700);
});

test('Retry-After is waited for', async () => {
  const served = await given({ acts: [answers(503, { 'retry-after': '2' }), answers(200)] });
  const start = served.clock.now();
  expect((await served.ask()).status).toBe(200);
  expect(served.clock.now() - start).toBe(2000);
});

test('a Retry-After beyond the deadline passes the answer on', async () => {
  const served = await given({ acts: [answers(503, { 'retry-after': '2' })], traffic: { requestTimeout: 1000 } });
  expect((await served.ask()).status).toBe(503);
  expect(served.transport.calls).toHaveLength(1);
});

test('a service that does not answer within the whole time: deadline_exceeded', async () => {
  const served = await given({ acts: [hangs] });
  const start = served.clock.now();
  const reply = await served.ask();
  expect([reply.status, codeOf(reply), served.clock.now() - start]).toEqual([504, 'deadline_exceeded', 15_000]);
});

test('tries that run out one after the other: upstream_timeout', async () => {
  const served = await given({ acts: [hangs], rule: { timeouts: { backendRequest: 200 } } });
  const reply = await served.ask();
  expect([reply.status, codeOf(reply)]).toEqual([504, 'upstream_timeout']);
  expect(served.transport.calls).toHaveLength(3);
});

test('a retry that no longer fits the time is the end of it', async () => {
  const clock = new FakeClock();
  const served = await given({
    clock,
    acts: [slowly(clock, 100, answers(500))],
    rule: { retry: { codes: [500], attempts: 5 }, timeouts: { request: 400 } },
  });
  const reply = await served.ask();
  expect([reply.status, codeOf(reply)]).toEqual([504, 'deadline_exceeded']);
});

test('a timeout of 0 is none', async () => {
  const clock = new FakeClock();
  const served = await given({ clock, acts: [slowly(clock, 60_000)], rule: { timeouts: { request: 0 } } });
  expect((await served.ask()).status).toBe(200);
});

test('once there is an answer no timer is left that could cut its body', async () => {
  const served = await given({ rule: { timeouts: { request: 500, backendRequest: 200 } } });
  await served.ask();
  expect(served.clock.pendingTimers).toBe(0);
});

test('an answer that comes too late is let go', async () => {
  const clock = new FakeClock();
  const late: Act = (call, cancel) =>
    new Promise((resolve) => clock.after(300, () => resolve(answers(200)(call, cancel))));
  const rule = { timeouts: { backendRequest: 200 }, retry: { attempts: 1, backoff: 150 } };
  const served = await given({ clock, acts: [late, answers(200)], rule });
  expect((await served.ask()).status).toBe(200);
  expect(served.transport.bodies.map(({ discarded }) => discarded)).toEqual([true, false]);
});

test("a verified caller's deadline holds and goes on to the service", async () => {
  const served = await given({ acts: [hangs] });
  const deadline = String(served.clock.now() + 500);
  const reply = await served.ask({ from: CART, headers: { 'mesh-deadline': deadline } });
  expect(codeOf(reply)).toBe('deadline_exceeded');
  expect(served.transport.calls[0]?.headers.get('mesh-deadline')).toBe(deadline);
});

test('a deadline that has passed sends nothing', async () => {
  const served = await given();
  const reply = await served.ask({ from: CART, headers: { 'mesh-deadline': '1000' } });
  expect([codeOf(reply), served.transport.calls.length]).toEqual(['deadline_exceeded', 0]);
});

test('a deadline that can not be read is refused', async () => {
  const served = await given();
  expect(codeOf(await served.ask({ from: CART, headers: { 'mesh-deadline': 'soon' } }))).toBe('request_invalid');
});

test('nobody without an identity sets a deadline or an attempt', async () => {
  const served = await given({ acts: [fails('reset'), answers(200)] });
  const reply = await served.ask({ headers: { 'mesh-deadline': '1000', 'mesh-attempt': '2' } });
  expect([reply.status, served.transport.calls.length]).toEqual([200, 2]);
});

test('what is a retry already is not retried again', async () => {
  const served = await given({ acts: [fails('reset'), answers(200)] });
  expect((await served.ask({ from: CART, headers: { 'mesh-attempt': '2' } })).status).toBe(502);
  expect(served.transport.calls[0]?.headers.get('mesh-attempt')).toBe('2');
});

test('every try has a span and says which try it is', async () => {
  const served = await given({ acts: [answers(503), answers(200)] });
  const { attempts, trace } = await served.tell();
  const sent = served.transport.calls.map(({ headers }) => [headers.get('traceparent'), headers.get('mesh-attempt')]);
  const parents = attempts.map(({ spanId }) => `00-${trace?.traceId}-${spanId}-01`);
  expect(sent).toEqual([
    [parents[0], undefined],
    [parents[1], '2'],
  ]);
  expect(new Set(attempts.map(({ spanId }) => spanId)).size).toBe(2);
});

test('a retry has headers of its own: a transport may still hold those of the try before', async () => {
  const lists: HeaderList[] = [];
  const act: Act = (call, cancel) => {
    lists.push(call.headers);
    return answers(503)(call, cancel);
  };
  const served = await given({ acts: [act] });
  await served.ask();
  expect(new Set(lists).size).toBe(3);
});

test('tracestate goes on in the form in which it was read', async () => {
  const served = await given();
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await served.ask({ headers: { traceparent, tracestate: ' a=1 ,, b=2' } });
  await served.ask({ headers: { traceparent, tracestate: 'broken' } });
  const sent = served.transport.calls.map(({ headers }) => headers.get('tracestate'));
  expect(sent).toEqual(['a=1,b=2', undefined]);
});

test('what only looks like a permit is none', () => {
  const forged = { permit: { decidedBy: 'me' } } as unknown as Parameters<typeof forward>[0];
  expect(() => forward(forged)).toThrow('without a permit');
});

test('a client that goes away cancels the try', async () => {
  const cancellation = new Cancellation();
  const clock = new FakeClock();
  let seen: string | undefined;
  const act: Act = (call, cancel) => {
    cancel.onCancel((reason) => {
      seen = reason;
    });
    cancellation.cancel('client_closed');
    return hangs(call, cancel);
  };
  const served = await given({ clock, acts: [act] });
  expect(await served.tell({ cancellation })).toMatchObject({ status: 499, reason: 'client_closed' });
  expect([seen, served.transport.calls.length]).toEqual(['client_closed', 1]);
});

test('a client that goes away while a retry waits ends the waiting', async () => {
  const cancellation = new Cancellation();
  const clock = new FakeClock();
  const act: Act = (call, cancel) => {
    clock.after(10, () => cancellation.cancel('client_closed'));
    return answers(503)(call, cancel);
  };
  const served = await given({ clock, acts: [act], rule: { retry: { backoff: 5000 } } });
  expect(await served.tell({ cancellation })).toMatchObject({ reason: 'client_closed' });
  expect([served.transport.calls.length, clock.pendingTimers]).toEqual([1, 0]);
});

test('a service without endpoints', async () => {
  const served = await given({ chunk: { endpoints: [] } });
  const reply = await served.ask();
  expect([reply.status, codeOf(reply)]).toEqual([503, 'no_healthy_upstream']);
});

test('an endpoint of weight 0 gets nothing', async () => {
  const served = await given({ chunk: { endpoints: [{ id: 'off', url: 'http://127.0.0.1', weight: 0 }] } });
  expect(codeOf(await served.ask())).toBe('no_healthy_upstream');
});

test('an address is reached at the port that was called', async () => {
  const served = await given({ chunk: { ports: [{ port: 80, targetPort: 3000, name: 'http' }] } });
  await served.ask();
  expect(served.transport.calls[0]?.port).toEqual({ port: 80, targetPort: 3000, name: 'http' });
});

test.each([
  ['250m', 250],
  ['1S', 1000],
  ['1H', 15_000],
])('grpc-timeout %s is a deadline for everybody, and goes on as what is left', async (timeout, ms) => {
  const served = await given({
    acts: [hangs],
    traffic: { retry: { ...serviceAt('a/b').chunk.traffic.retry, limit: 0 } },
  });
  const start = served.clock.now();
  const headers = { 'content-type': 'application/grpc', 'grpc-timeout': timeout };
  const reply = await served.ask({ method: 'POST', headers });
  expect([served.clock.now() - start, reply.status, reply.headers.get('grpc-status')]).toEqual([ms, 200, '4']);
  const sent = served.transport.calls[0]?.headers;
  expect([sent?.get('grpc-timeout'), sent?.get('mesh-deadline')]).toEqual([`${ms}m`, String(start + ms)]);
});

test.each([
  ['2', 2000, '2'],
  ['0.5', 500, '1'],
  ['3600', 15_000, '15'],
])('Request-Timeout %s is a deadline for everybody, and goes on as what is left', async (timeout, ms, left) => {
  const retry = { ...serviceAt('a/b').chunk.traffic.retry, limit: 0 };
  const served = await given({ acts: [hangs], traffic: { retry } });
  const start = served.clock.now();
  expect(codeOf(await served.ask({ headers: { 'request-timeout': timeout } }))).toBe('deadline_exceeded');
  const sent = served.transport.calls[0]?.headers;
  expect([served.clock.now() - start, sent?.get('request-timeout')]).toEqual([ms, left]);
});

test('a Request-Timeout in words of its own goes through as it is', async () => {
  const served = await given();
  expect((await served.ask({ headers: { 'request-timeout': '5s' } })).status).toBe(200);
  expect(served.transport.calls[0]?.headers.get('request-timeout')).toBe('5s');
});

test('a grpc-timeout that is none is refused, and is nothing to other requests', async () => {
  const served = await given();
  const headers = { 'content-type': 'application/grpc', 'grpc-timeout': 'soon' };
  expect((await served.ask({ headers })).headers.get('grpc-status')).toBe('3');
  expect((await served.ask({ headers: { 'grpc-timeout': 'soon' } })).status).toBe(200);
});

test('a retry stanza without a number of attempts asks for one at least', async () => {
  const retry = { ...serviceAt('a/b').chunk.traffic.retry, limit: 0 };
  const served = await given({ acts: [fails('connect'), answers(200)], traffic: { retry }, rule: { retry: {} } });
  expect((await served.ask({ method: 'POST' })).status).toBe(200);
});

test.each([
  ['the service', 'kubernetes.io/ws', 'kubernetes.io/ws'],
  ['else the route', undefined, 'kubernetes.io/h2c'],
])('what a port speaks says %s', async (_, declared, spoken) => {
  const port = { port: 80, targetPort: 3000, ...(declared && { appProtocol: declared }) };
  const backends = [{ ...backendAtWeight('shop/orders'), appProtocol: 'kubernetes.io/h2c' }];
  const served = await given({ chunk: { ports: [port] }, rule: { backends } });
  await served.ask();
  expect(served.transport.calls[0]?.port).toEqual({ ...port, appProtocol: spoken });
});
