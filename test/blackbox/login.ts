import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** An OIDC issuer of end users: discovery, keys, and tokens for whoever the test names. */
export class Login {
  readonly issuer: string;
  readonly #server: Server;
  readonly #key: CryptoKey;

  private constructor(issuer: string, server: Server, key: CryptoKey) {
    this.issuer = issuer;
    this.#server = server;
    this.#key = key;
  }

  static async start(): Promise<Login> {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'login-1', use: 'sig', alg: 'RS256' };
    const server = createServer((request, response) => {
      const documents: Record<string, object> = {
        '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/keys` },
        '/keys': { keys: [jwk] },
      };
      const document = documents[request.url ?? ''];
      response
        .writeHead(document ? 200 : 404, { 'content-type': 'application/json' })
        .end(JSON.stringify(document ?? {}));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new Login(issuer, server, privateKey);
  }

  /** A token for the audience `shop`, of five minutes. */
  token(sub: string, claims: object = {}, expires = 300): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ iss: this.issuer, sub, aud: 'shop', iat: now, exp: now + expires, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'login-1', typ: 'JWT' })
      .sign(this.#key);
  }

  stop(): void {
    this.#server.close().closeAllConnections();
  }
}
