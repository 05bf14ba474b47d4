import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { call, head, open } from '../client.ts';
import type { Context } from '../context.ts';
import { processesOf } from '../process.ts';
import { type Echo, ZIPPED } from '../upstream.ts';

const MB = 1024 * 1024;

export function streamCases(context: () => Context): void {
  const to = 'orders-a.shop.mesh';
  const ask = (path: string, more: object = {}) => ({ to, path, as: context().mesh.cart, ...more });

  test.each(['/hold', '/sse'])('the first part of %s is there before the last is made', async (path) => {
    const id = crypto.randomUUID();
    const response = await head(context().router.url, ask(path, { headers: { 'x-test': id } }));
    expect(String(await once(response, 'data'))).toMatch(/^(first;|data: 1)/);
    context().mesh.a.release(id, 'data: 2\n\n', true);
    expect(await text(response)).toContain('data: 2');
  });

  test('a request body flows while it is made', async () => {
    const request = await open(context().router.url, ask('/mirror', { method: 'POST' }));
    request.write('one;');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(String(await once(response, 'data'))).toBe('one;');
    request.end('two');
    expect(await text(response)).toBe('two');
  });

  test('200 MB go up without being held', async () => {
    const before = residentMemory(context());
    const request = await open(context().router.url, ask('/echo', { method: 'POST' }));
    const answered = once(request, 'response') as Promise<[IncomingMessage]>;
    const chunk = Buffer.alloc(MB, 1);
    for (let n = 0; n < 200; n++) if (!request.write(chunk)) await once(request, 'drain');
    const during = residentMemory(context());
    request.end();
    const [response] = await answered;
    expect((JSON.parse(await text(response)) as Echo).bytes).toBe(200 * MB);
    expect(during - before).toBeLessThan(150 * MB);
  });

  test('100 MB come down whole', async () => {
    const response = await head(context().router.url, ask(`/download?bytes=${100 * MB}`));
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(100 * MB);
  });

  test('a compressed body stays what it is', async () => {
    const response = await head(context().router.url, ask('/gzip', { headers: { 'accept-encoding': 'gzip' } }));
    const body = await buffer(response);
    expect(response.headers['content-encoding']).toBe('gzip');
    expect(body.equals(ZIPPED)).toBe(true);
  });

  test('HEAD has no body, and the connection lives on', async () => {
    const answer = await call(context().router.url, ask('/gzip', { method: 'HEAD' }));
    expect([answer.status, answer.body]).toEqual([200, '']);
    expect((await call(context().router.url, ask('/echo'))).status).toBe(200);
  });

  test('connections to the upstream are used again', async () => {
    const { a } = context().mesh;
    for (let n = 0; n < 5; n++) await call(context().router.url, ask('/echo'));
    const before = a.connections;
    for (let n = 0; n < 20; n++) await call(context().router.url, ask('/echo'));
    expect(a.connections - before).toBeLessThan(5);
  });
}

/** Bytes in memory of the runtime's processes. */
function residentMemory({ router }: Context): number {
  return processesOf(router.program.child.pid as number)
    .map((pid) => /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    .reduce((sum, kilobytes) => sum + Number(kilobytes ?? 0) * 1024, 0);
}
