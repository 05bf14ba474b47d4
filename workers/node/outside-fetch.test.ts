import type { LookupAddress } from 'node:dns';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { outsideFetch, type Resolve } from './outside-fetch.ts';

const DEV = { dev: true, allowed: [] };
const json = { 'content-type': 'application/json' };
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** @returns its port */
async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

const resolvingTo = (...list: string[]): Resolve =>
  ((_host: string, _options: object, answer: (error: null, found: LookupAddress[]) => void) =>
    answer(
      null,
      list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )) as unknown as Resolve;

test('a document is fetched from the address that its name has', async () => {
  const port = await serve((request, response) =>
    response.writeHead(200, json).end(`{"host":"${request.headers.host}"}`),
  );
  const fetched = await outsideFetch(resolvingTo('127.0.0.1'))(`http://keys.example:${port}/x`, DEV);
  expect(fetched).toEqual({ status: 200, body: `{"host":"keys.example:${port}"}` });
});

test.each([
  ['127.0.0.1'],
  ['10.0.0.7'],
  ['192.168.1.1'],
  ['169.254.169.254'],
  ['100.100.100.200'],
  ['0.0.0.0'],
  ['224.0.0.1'],
  ['::1'],
  ['::'],
  ['::ffff:127.0.0.1'],
  ['::ffff:7f00:1'],
  ['64:ff9b::7f00:1'],
  ['fe80::1'],
  ['fd00:ec2::254'],
  ['fc00::1'],
])('a name that leads to %s is not connected to', async (address) => {
  await expect(outsideFetch(resolvingTo('192.0.2.1', address))('https://keys.example/')).rejects.toThrow(
    /its host has an address that/,
  );
});

test.each([
  ['https://127.0.0.1/'],
  ['https://[::1]/'],
  ['https://[::ffff:127.0.0.1]/'],
  ['https://2130706433/'],
  ['https://0x7f.1/'],
  ['https://localhost/'],
  ['https://metadata.google.internal/'],
  ['https://user@keys.example/'],
  ['http://keys.example/'],
  ['file:///etc/passwd'],
])('%s is refused before anything is resolved', async (url) => {
  const never = (() => {
    throw new Error('resolved');
  }) as unknown as Resolve;
  await expect(outsideFetch(never)(url)).rejects.toThrow(/^its /);
});

test('link-local stays out of reach in dev mode, and whatever ranges are allowed', async () => {
  const rules = { dev: true, allowed: ['169.254.0.0/16'] };
  await expect(outsideFetch(resolvingTo('169.254.169.254'))('https://keys.example/', rules)).rejects.toThrow(/address/);
});

test('a range that the mesh allows is reached, by http too; the rest by https only', async () => {
  const port = await serve((_, response) => response.writeHead(200, json).end('{}'));
  const rules = { dev: false, allowed: ['127.0.0.0/8'] };
  const fetched = await outsideFetch(resolvingTo('127.0.0.1'))(`http://keys.example:${port}/`, rules);
  expect(fetched.status).toBe(200);
  await expect(outsideFetch(resolvingTo('192.0.2.1'))('http://keys.example/', rules)).rejects.toThrow(/https/);
});

test('a redirect is an answer, and not followed', async () => {
  let asked = 0;
  const port = await serve((_, response) => {
    asked++;
    response.writeHead(302, { location: '/there' }).end();
  });
  expect(await outsideFetch()(`http://127.0.0.1:${port}/`, DEV)).toEqual({ status: 302, body: '' });
  expect(asked).toBe(1);
});

test.each([
  ['longer than', json, 'x'.repeat(65 * 1024)],
  ['not JSON', { 'content-type': 'text/html' }, '{}'],
  ['compressed', { ...json, 'content-encoding': 'gzip' }, '{}'],
])('an answer that is %s is refused', async (why, headers, body) => {
  const port = await serve((_, response) => response.writeHead(200, headers).end(body));
  await expect(outsideFetch()(`http://127.0.0.1:${port}/`, DEV)).rejects.toThrow(why);
});
