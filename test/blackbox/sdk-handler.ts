/** A guarded fetch handler of Node, Deno or Bun: says who calls, and how long the body is that it reads after the check. */
import { createMesh, guarded, issuedToken, type TrustBundleDocument } from '../../sdk/index.ts';

const { wit, privateJwk, trustBundle } = JSON.parse(process.env.SDK_HANDLER ?? '{}') as {
  readonly wit: string;
  readonly privateJwk: JsonWebKey;
  readonly trustBundle: TrustBundleDocument;
};
const mesh = createMesh({
  identity: issuedToken({ wit, privateJwk }),
  router: 'http://127.0.0.1:1',
  trustBundle,
  strict: true,
});
const handle = guarded(mesh, async (request) => {
  const text = await request.text();
  return Response.json({ caller: mesh.caller()?.spiffeId, length: text.length });
});

interface Server {
  readonly port?: number;
  readonly addr?: { readonly port: number };
}
const { Deno, Bun } = globalThis as unknown as {
  readonly Deno?: { serve(options: object, handler: typeof handle): Server };
  readonly Bun?: { serve(options: object): Server };
};
const options = { hostname: '127.0.0.1', port: 0 };
const tell = (port?: number) => process.stdout.write(`${JSON.stringify({ event: 'ready', port })}\n`);
const server = Deno?.serve({ ...options, onListen: () => {} }, handle) ?? Bun?.serve({ ...options, fetch: handle });
if (server !== undefined) tell(server.addr?.port ?? server.port);
else (await import('@hono/node-server')).serve({ ...options, fetch: handle }, ({ port }) => tell(port));
