import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** An OIDC issuer that runs: discovery, keys, and tokens of whatever shape a test asks for. */
export class OutsideIssuer {
  readonly url: string;
  /** What its key URL answers instead of its keys. */
  misbehaves: { readonly status: number; readonly location?: string } | undefined;
  /** Published beside its keys. */
  readonly stray: object[] = [];
  readonly #server: Server;
  readonly #keys: { readonly kid: string; readonly privateKey: CryptoKey; readonly jwk: JWK }[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<OutsideIssuer> {
    let issuer: OutsideIssuer | undefined;
    const server = createServer((request, response) => {
      const { status, location, body } = issuer?.answer(request.url ?? '') ?? { status: 503, body: {} };
      response.writeHead(status, { 'content-type': 'application/json', ...(location !== undefined && { location }) });
      response.end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer = new OutsideIssuer(server);
    await issuer.rotate();
    return issuer;
  }

  /** From now on another key signs; the one before is forgotten. */
  async rotate(): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    const kid = `k${crypto.randomUUID()}`;
    this.#keys.length = 0;
    this.#keys.push({ kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } });
  }

  async token(claims: object): Promise<string> {
    const [key] = this.#keys;
    if (key === undefined) throw new Error('the issuer has no key');
    return new SignJWT({ iss: this.url, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: key.kid })
      .sign(key.privateKey);
  }

  answer(path: string): { status: number; location?: string; body: object } {
    if (path === '/.well-known/openid-configuration') {
      return { status: 200, body: { issuer: this.url, jwks_uri: `${this.url}/keys` } };
    }
    if (this.misbehaves !== undefined) return { ...this.misbehaves, body: {} };
    return { status: 200, body: { keys: [...this.#keys.map(({ jwk }) => jwk), ...this.stray] } };
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
