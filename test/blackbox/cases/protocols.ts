import { connect } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { call } from '../client.ts';
import type { Context } from '../context.ts';
import type { Runtime } from '../runtimes.ts';

/** What docs/runtimes.md says of protocols. */
export function protocolCases(runtime: Runtime, context: () => Context): void {
  const to = 'orders-a.shop.mesh';

  test.skipIf(runtime.carriesGrpc)('a gRPC call is refused in its own words, once it is known who calls', async () => {
    const ask = { to, path: '/echo', method: 'POST', headers: { 'content-type': 'application/grpc' }, body: 'x' };
    const answer = await call(context().router.url, { ...ask, as: context().mesh.cart });
    expect([answer.status, answer.headers['grpc-status']]).toEqual([200, '12']);
    expect(answer.headers['grpc-message']).toContain('on Node');
    expect(answer.headers['mesh-decision-id']).toBeDefined();
    const denied = await call(context().router.url, { ...ask, as: context().mesh.thief });
    expect([denied.headers['grpc-status'], denied.headers['mesh-reason']]).toEqual(['7', 'permission_denied']);
  });

  test(`HTTP/2 with prior knowledge is taken: ${runtime.takesH2c}`, async () => {
    expect(await statusOverH2c(context().router.url)).toBe(runtime.takesH2c ? 401 : undefined);
  });

  test('trailers of HTTP/1.1 end at the router, and the body is whole', async () => {
    const bytes = await bytesWithTrailers(context(), to);
    expect(bytes).toContain('whole');
    expect(bytes).not.toContain('x-checksum: abc');
  });
}

/** Undefined: the connection ended without an answer. */
function statusOverH2c(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const session = connect(url);
    const end = (status?: number): void => {
      session.destroy();
      resolve(status);
    };
    session.on('error', () => end());
    session.on('close', () => end());
    const stream = session.request({ ':path': '/', ':authority': 'orders-a.shop.mesh' });
    stream.on('error', () => end());
    stream.on('response', (headers) => end(headers[':status']));
  });
}

/** All bytes of an answer that has trailers, as they come. */
async function bytesWithTrailers({ router, mesh }: Context, to: string): Promise<string> {
  const { hostname, port } = new URL(router.url);
  const socket = connectTcp(Number(port), hostname);
  socket.on('error', () => undefined);
  const fields = { host: hostname, 'mesh-authority': to, connection: 'close', te: 'trailers' };
  const headers = Object.entries({ ...fields, ...(await mesh.cart.headersFor(to)) });
  socket.write(`GET /trailers HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  return (await text(socket)).toLowerCase();
}
