import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { jsonReady, Program } from './process.ts';

/** The policy store of the suite: `gossamer dev` on memory, whose own router serves nobody here. */
export class PolicyStore {
  readonly program: Program;
  readonly url: string;
  readonly joinFile: string;
  readonly #token: string;

  private constructor(program: Program) {
    const { admin, adminTokenFile } = program.ready as { admin: string; adminTokenFile: string };
    this.program = program;
    this.url = admin;
    this.joinFile = join(dirname(adminTokenFile), 'router-join.json');
    this.#token = readFileSync(adminTokenFile, 'utf8').trim();
  }

  static async start(more: object = {}, env: Record<string, string> = {}): Promise<PolicyStore> {
    const options = JSON.stringify({ command: 'dev', memory: true, ...more });
    return new PolicyStore(
      await Program.start(process.execPath, ['workers/node/main.ts', options], { ready: jsonReady, env }),
    );
  }

  async apply(documents: readonly object[]): Promise<void> {
    await this.call('POST', '/v1/apply', documents);
  }

  /** The answer as it is. */
  ask(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  async call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await this.ask(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  /** Also takes away what a store that was killed leaves behind. */
  async stop(signal?: NodeJS.Signals): Promise<void> {
    await this.program.stop(signal);
    if (signal !== 'SIGKILL') rmSync(dirname(this.joinFile), { recursive: true, force: true });
  }

  /** A caller with an identity of its own. */
  enrol(namespace: string, workload: string): Promise<Caller> {
    return Caller.enrol((path, body) => this.call('POST', path, body), namespace, workload);
  }
}

export class Caller {
  readonly wit: string;
  readonly #key: CryptoKey;

  constructor(wit: string, key: CryptoKey) {
    this.wit = wit;
    this.#key = key;
  }

  /** @param post asks the admin API of a store in dev mode */
  static async enrol(
    post: (path: string, body: object) => Promise<Record<string, unknown>>,
    namespace: string,
    workload: string,
  ): Promise<Caller> {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), alg: 'ES256' };
    const { wit } = await post('/v1/dev/tokens', { namespace, workload, jwk });
    return new Caller(wit as string, privateKey);
  }

  /**
   * Identity headers for one service.
   * @param authority `orders.shop.mesh`
   * @param wit somebody else's token, for a thief
   * @param more claims of the proof
   */
  async headersFor(authority: string, wit = this.wit, more: object = {}): Promise<Record<string, string>> {
    const wth = digestOf(wit);
    const exp = Math.floor(Date.now() / 1000) + 30;
    const wpt = await new SignJWT({ aud: `http://${authority}`, exp, jti: crypto.randomUUID(), wth, ...more })
      .setProtectedHeader({ typ: 'wpt+jwt', alg: 'ES256' })
      .sign(this.#key);
    return { 'workload-identity-token': wit, 'workload-proof-token': wpt };
  }

  /** Identity headers for one request. */
  strictHeadersFor(
    authority: string,
    { method = 'GET', query = '', body = '' }: { method?: string; query?: string; body?: string },
  ): Promise<Record<string, string>> {
    const claims = { htm: method, 'gossamer.mesh/q': digestOf(query), 'gossamer.mesh/bd': digestOf(body) };
    return this.headersFor(authority, this.wit, claims);
  }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64url');
