import { createHash, randomUUID } from 'node:crypto';
import type { Doors } from '../attacked-mesh.ts';
import { Wire } from '../wire.ts';
import { LOGIN } from './documents.ts';
import { type Members, type Sketch, sign } from './forge.ts';
import type { Outcome, Place, Sent } from './token-class.ts';
import { CART, type TokenMesh } from './token-mesh.ts';

const seconds = (): number => Math.floor(Date.now() / 1000);
export const digest = (text: string): string => createHash('sha256').update(text, 'latin1').digest('base64url');

interface Asked {
  readonly method?: string;
  /** A path of its own when absent. */
  readonly path?: string;
  readonly query?: string;
  readonly body?: string;
  readonly host: string;
  readonly lines: readonly string[];
}

/** @returns what came, and whether anything of it reached the service */
export async function askAt(url: string, reached: (id: string) => boolean, asked: Asked): Promise<Outcome> {
  const { method = 'GET', query = '', body = '', host, lines } = asked;
  const id = randomUUID();
  const target = `${asked.path ?? `/${id}`}${query === '' ? '' : `?${query}`}`;
  const length = body === '' ? [] : [`Content-Length: ${body.length}`];
  const head = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...lines, `X-Test: ${id}`, ...length];
  const wire = await Wire.open(url);
  wire.send(`${head.join('\r\n')}\r\n\r\n${body}`);
  const answer = await wire.answer(method);
  wire.end();
  if (answer === 'silent') throw new Error('no answer, and the connection stays open');
  const arrived = reached(id);
  if (answer === 'closed') return { status: 0, body: '', passed: arrived };
  return { status: answer.status, body: answer.body, passed: arrived || answer.status < 400 };
}

const field = (name: string, { text, how }: Sent): string[] =>
  how === 'twice' ? [`${name}: ${text}`, `${name}: ${text}`] : [`${name}: ${text}`];

/** Where each class of token is judged at the router and the gateway of one runtime. */
export function doorPlaces(mesh: TokenMesh, doors: () => Doors): Place[] {
  const { keys, upstream } = mesh;
  const { mesh: own, cart } = keys;
  const ask = (door: 'router' | 'gateway', asked: Asked): Promise<Outcome> =>
    askAt(doors()[door].url, (id) => upstream.got(id), asked);
  const at = (service: string, lines: readonly string[], { method, query, body, host }: Sent): Promise<Outcome> =>
    ask('router', {
      host: host ?? `${service}.shop.mesh`,
      lines: [`Mesh-Authority: ${service}.shop.mesh`, ...lines],
      ...(method !== undefined && { method }),
      ...(query !== undefined && { query }),
      ...(body !== undefined && { body }),
    });
  const witSketch = (): Sketch => ({
    header: mesh.wit.header,
    claims: { ...mesh.wit.claims, iat: seconds(), exp: seconds() + 600, jti: randomUUID() },
    key: own.wit.key,
  });
  const proofSketch = (service: string, wit: string, more: Members = {}): Sketch => ({
    header: { typ: 'wpt+jwt', alg: 'ES256' },
    claims: { aud: `http://${service}.shop.mesh`, exp: seconds() + 30, jti: randomUUID(), wth: digest(wit), ...more },
    key: cart,
  });
  const router = { statuses: [400], says: /"code":"token_invalid"/ } as const;
  let held: Promise<string> | undefined;
  const heldWit = (): Promise<string> => {
    held ??= sign(witSketch());
    return held;
  };
  const bearer = ({ text }: Sent): string => `Authorization: Bearer ${text}`;

  const withProof = (name: Place['name'], service: string, more: () => Members, request: Partial<Sent>): Place => ({
    statuses: [400],
    says: /"code":"token_(invalid|replayed)"/,
    name,
    sketch: async () => proofSketch(service, await heldWit(), more()),
    ask: async (sent) => {
      const wit = `Workload-Identity-Token: ${await heldWit()}`;
      const lines =
        sent.how === 'as-bearer'
          ? [wit, bearer(sent)]
          : [...(sent.how === 'alone' ? [] : [wit]), ...field('Workload-Proof-Token', sent)];
      return at(service, lines, { ...request, ...sent });
    },
  });

  return [
    {
      ...router,
      name: 'WIT',
      sketch: async () => witSketch(),
      ask: async (sent) => {
        const proof = `Workload-Proof-Token: ${await sign(proofSketch('vault', sent.text))}`;
        const lines =
          sent.how === 'as-bearer'
            ? [bearer(sent)]
            : [...field('Workload-Identity-Token', sent), ...(sent.how === 'alone' ? [] : [proof])];
        return at('vault', lines, sent);
      },
    },
    withProof('WPT', 'vault', () => ({}), {}),
    withProof(
      'strict WPT',
      'ledger',
      () => ({ htm: 'POST', 'gossamer.mesh/q': digest('x=1'), 'gossamer.mesh/bd': digest('hello') }),
      { method: 'POST', query: 'x=1', body: 'hello' },
    ),
    {
      name: 'JWT-SVID',
      statuses: [401],
      says: /"code":"(token_invalid|unauthenticated)"/,
      sketch: async () => ({
        header: { typ: 'JWT', alg: 'ES256', kid: own.jwt.kid },
        claims: {
          iss: 'spiffe://mesh.local',
          sub: CART,
          aud: 'http://legacy.shop.mesh',
          iat: seconds(),
          exp: seconds() + 100,
          jti: randomUUID(),
          'gossamer.mesh/uid': mesh.uid,
        },
        key: own.jwt.key,
      }),
      ask: (sent) => at('legacy', field('Authorization', { ...sent, text: `Bearer ${sent.text}` }), sent),
    },
    {
      ...router,
      name: 'Mesh-Parent-Call',
      sketch: async () => ({
        header: { typ: 'mesh-call+jwt', alg: 'ES256', kid: own.hop.kid },
        claims: { ...callClaims(), aud: CART },
        key: own.hop.key,
      }),
      ask: async (sent) => {
        const wit = await heldWit();
        const proof = await sign(proofSketch('vault', wit));
        const lines = [`Workload-Identity-Token: ${wit}`, `Workload-Proof-Token: ${proof}`];
        return at('vault', [...lines, ...field('Mesh-Parent-Call', sent)], sent);
      },
    },
    {
      name: 'end-user token',
      statuses: [401],
      says: /"code":"token_invalid"/,
      sketch: async () => ({
        header: { typ: 'JWT', alg: 'ES256', kid: 'k-1' },
        claims: { iss: LOGIN, sub: 'ann', aud: 'shop', iat: seconds(), exp: seconds() + 300, jti: randomUUID() },
        key: keys.login,
      }),
      ask: (sent) =>
        ask('gateway', {
          host: 'www.shop.example',
          lines: field('Authorization', { ...sent, text: `Bearer ${sent.text}` }),
        }),
    },
  ];
}

/** A Mesh-Call as routers write it, without `aud`. */
export const callClaims = (): Members => ({
  iss: 'router-1',
  sub: 'spiffe://mesh.local/ns/shop/sa/web',
  iat: seconds(),
  exp: seconds() + 30,
  jti: randomUUID(),
  via: [],
  pol: 'shop/p',
  gen: 1,
});
