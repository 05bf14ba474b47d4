import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Cancellation } from '../../router/cancellation.ts';
import { HeaderList } from '../../router/headers.ts';
import type { UpstreamCall } from '../../router/ports.ts';
import { Names } from './names.ts';
import { UndiciTransport } from './undici-transport.ts';

const held: ServerResponse[] = [];
const server = createServer((_request, response) => void held.push(response));
beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const NOTHING = { empty: true, spent: false, buffer: () => undefined, digest: async () => undefined };

const callTo = (): UpstreamCall => ({
  endpoint: { id: 'one', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, weight: 1 },
  port: { port: 80 },
  method: 'GET',
  authority: 'orders.shop.mesh',
  target: '/',
  headers: new HeaderList(),
  body: NOTHING,
});

test('requests wait for a connection up to a bound; one more has surely not been sent', async () => {
  const transport = new UndiciTransport(new Names(), { connections: 1, waiting: 2 });
  const first = transport.send(callTo(), new Cancellation());
  await vi.waitUntil(() => held.length === 1);
  const leaving = new Cancellation();
  const second = transport.send(callTo(), leaving);
  const third = transport.send(callTo(), new Cancellation());
  await expect(transport.send(callTo(), new Cancellation())).rejects.toMatchObject({
    kind: 'connect',
    unprocessed: true,
  });
  // Who goes away is still held until its turn comes.
  leaving.cancel('client_closed');
  await expect(second).rejects.toMatchObject({ kind: 'cancelled', unprocessed: true });
  await expect(transport.send(callTo(), new Cancellation())).rejects.toMatchObject({ kind: 'connect' });
  held.shift()?.end();
  (await first).body.discard();
  await vi.waitUntil(() => held.length === 1);
  held.shift()?.end();
  (await third).body.discard();
  const fourth = transport.send(callTo(), new Cancellation());
  await vi.waitUntil(() => held.length === 1);
  held.shift()?.end();
  expect((await fourth).status).toBe(200);
  await transport.close();
});
