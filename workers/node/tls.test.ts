import { once } from 'node:events';
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { certificateFor, httpsListener } from './certificates.fake.ts';
import { openProxy, openUpstream } from './proxy.fake.ts';
import { ServerNames } from './server-names.ts';

const [shop, wild, any] = await Promise.all([
  certificateFor('www.shop.example'),
  certificateFor('*.shop.example'),
  certificateFor('fallback.example'),
]);
const quiet = (): void => undefined;
const all = new ServerNames(
  [httpsListener(undefined, any), httpsListener('*.shop.example', wild), httpsListener('www.shop.example', shop)],
  quiet,
);

interface Handshake {
  readonly servername?: string;
  readonly ALPNProtocols?: string[];
  readonly maxVersion?: 'TLSv1.1' | 'TLSv1.2';
}

/** @returns the name on the certificate, or `refused` */
function shownName(port: number, options: Handshake): Promise<string> {
  return new Promise((resolve) => {
    const socket: TLSSocket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', () => resolve('refused'));
  });
}

test.each([
  ['www.shop.example', 'www.shop.example'],
  ['WWW.shop.example.', 'www.shop.example'],
  ['api.shop.example', '*.shop.example'],
  ['a.b.shop.example', '*.shop.example'],
  ['shop.example', 'fallback.example'],
  ['elsewhere.example', 'fallback.example'],
  [undefined, 'fallback.example'],
])('for %s the certificate of %s is shown', async (servername, expected) => {
  await using proxy = await openProxy(1, { tls: all });
  expect(await shownName(proxy.port, servername === undefined ? {} : { servername })).toBe(expected);
});

test('without a listener for every name, other names and none end the handshake', async () => {
  const names = new ServerNames([httpsListener('www.shop.example', shop)], quiet);
  await using proxy = await openProxy(1, { tls: names });
  expect(await shownName(proxy.port, { servername: 'elsewhere.example' })).toBe('refused');
  expect(await shownName(proxy.port, {})).toBe('refused');
});

test('of a listener with several certificates the first one that fits is shown', async () => {
  const names = new ServerNames([httpsListener(undefined, any, shop)], quiet);
  await using proxy = await openProxy(1, { tls: names });
  expect(await shownName(proxy.port, { servername: 'www.shop.example' })).toBe('www.shop.example');
  expect(await shownName(proxy.port, { servername: 'elsewhere.example' })).toBe('fallback.example');
});

test('a certificate that can not be read is told, and the others serve', async () => {
  const told: unknown[] = [];
  const broken = { certificate: 'x', privateKey: shop.privateKey };
  const log = (_: string, message: string): void => void told.push(message);
  const names = new ServerNames([httpsListener(undefined, broken, any), httpsListener('broken.example', broken)], log);
  await using proxy = await openProxy(1, { tls: names });
  expect(told).toHaveLength(2);
  expect(await shownName(proxy.port, { servername: 'a.example' })).toBe('fallback.example');
  expect(await shownName(proxy.port, { servername: 'broken.example' })).toBe('refused');
});

test('new certificates are shown from the next handshake on', async () => {
  await using proxy = await openProxy(1, { tls: all });
  proxy.listener.present(new ServerNames([httpsListener(undefined, shop)], quiet));
  expect(await shownName(proxy.port, { servername: 'api.shop.example' })).toBe('www.shop.example');
  expect(await shownName(proxy.port, {})).toBe('www.shop.example');
});

test('versions before TLS 1.2 are refused', async () => {
  await using proxy = await openProxy(1, { tls: all });
  expect(await shownName(proxy.port, { maxVersion: 'TLSv1.1' })).toBe('refused');
});

test('HTTP/1.1 over TLS: the name of the handshake is told', async () => {
  await using upstream = await openUpstream((request, response) => response.end(request.headers.host));
  await using proxy = await openProxy(upstream.port, { tls: all });
  const options = { servername: 'www.shop.example', ca: shop.certificate, headers: { host: 'api.shop.example' } };
  const [response] = await once(httpsRequest(proxy.url, { ...options, agent: false }).end(), 'response');
  expect(await text(response)).toBe('api.shop.example');
  expect(proxy.requests[0]).toMatchObject({
    head: { scheme: 'https' },
    connection: { tls: true, serverName: 'www.shop.example', protocol: 'http/1.1' },
  });
});

test('HTTP/2 over TLS is agreed on by ALPN', async () => {
  await using upstream = await openUpstream((_, response) => response.end('body'));
  await using proxy = await openProxy(upstream.port, { tls: all });
  const session = connectHttp2(proxy.url, { servername: 'www.shop.example', ca: shop.certificate });
  const stream = session.request({ ':path': '/' });
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  expect([headers[':status'], await text(stream)]).toEqual([200, 'body']);
  session.destroy();
  expect(proxy.requests[0]).toMatchObject({
    head: { scheme: 'https' },
    connection: { tls: true, serverName: 'www.shop.example', protocol: 'h2' },
  });
});

test('a client that speaks in clear to a TLS socket gets nothing', async () => {
  await using proxy = await openProxy(1, { tls: all });
  await expect(fetch(proxy.url.replace('https', 'http'))).rejects.toThrow();
  expect(proxy.requests).toHaveLength(0);
});
