import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { meshCalls } from '../../sdk/hono.ts';
import { type Caller, createMesh, type Mesh, registeredKey } from '../../sdk/index.ts';

/** What start.ts tells a service. In production the key is a secret of the platform. */
interface ServiceOptions {
  readonly name: string;
  readonly version: string;
  readonly spiffeId: string;
  readonly router: string;
  readonly admin: string;
  readonly privateJwk: JsonWebKey;
}

type Shop = Hono<{ Variables: { caller: Caller } }>;

const SERVICES: Record<string, (app: Shop, mesh: Mesh, options: ServiceOptions) => void> = {
  storefront(app, mesh) {
    app.get('/products', () => mesh.fetch('http://catalog.shop.mesh/products'));
    app.post('/orders', async (c) =>
      mesh.fetch('http://orders.shop.mesh/orders', { method: 'POST', body: await c.req.text() }),
    );
    // Against the rules: only orders may charge. The mesh answers in place of payments.
    app.get('/pay-directly', () => mesh.fetch('http://payments.shop.mesh/charges', { method: 'POST', body: '{}' }));
  },

  catalog(app) {
    const products = [
      { id: 'mug', price: 12 },
      { id: 'shirt', price: 25 },
    ];
    app.get('/products', (c) => {
      // One answer in twenty fails. A GET is safe to send again, so the caller never sees it.
      if (Math.random() < 0.05) return c.json({ error: 'the shelf fell down' }, 503);
      return c.json({ products, askedBy: c.get('caller').spiffeId });
    });
  },

  orders(app, mesh) {
    app.post('/orders', async (c) => {
      const charge = await mesh.fetch('http://payments.shop.mesh/charges', {
        method: 'POST',
        body: await c.req.text(),
      });
      if (!charge.ok) return c.json({ error: 'the payment failed', status: charge.status }, 502);
      return c.json({ order: crypto.randomUUID(), charge: await charge.json() }, 201);
    });
  },

  payments(app, _mesh, { version }) {
    app.post('/charges', (c) => c.json({ charge: crypto.randomUUID(), version }, 201));
  },
};

const options = JSON.parse(process.env.SHOP_SERVICE ?? '{}') as ServiceOptions;
const define = SERVICES[options.name];
if (define === undefined) throw new Error(`${options.name} is none of ${Object.keys(SERVICES).join(', ')}`);

const mesh = createMesh({
  identity: registeredKey({ spiffeId: options.spiffeId, privateJwk: options.privateJwk, issuer: options.admin }),
  router: options.router,
  trustBundle: `${options.admin}/v1/trust-bundle`,
  // `authn: strict-proof` in mesh.yaml: every call to it is signed for itself, by the caller and by the router.
  strict: options.name === 'payments',
  strictServices: ['payments.shop.mesh'],
});
const app: Shop = new Hono();
// Calls that no router of the mesh vouches for get no further.
app.use(meshCalls(mesh));
define(app, mesh, options);

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => process.send?.({ port }));
const stop = (): void => {
  server.close(() => process.exit(0));
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
// The starter is gone: nobody would stop this process otherwise.
process.once('disconnect', () => process.exit(0));
