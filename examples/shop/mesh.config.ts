import { defineMesh } from 'gossamer/config';

/** The same policy as mesh.yaml, for those who would rather write TypeScript: a wrong name here does not compile. */
export default defineMesh({
  namespace: 'shop',
  namespaces: { shop: {} },

  services: {
    storefront: 'http://127.0.0.1:9101',
    catalog: 'http://127.0.0.1:9102',
    orders: 'http://127.0.0.1:9103',
    // Callers only know `payments`: the route below says which version answers.
    // Money: a proof of identity, and the word of the router, are good for one request each.
    payments: { authn: 'strict-proof' },
    'payments-v1': { endpoints: 'http://127.0.0.1:9104', identity: 'payments', authn: 'strict-proof' },
    'payments-v2': { endpoints: 'http://127.0.0.1:9105', identity: 'payments', authn: 'strict-proof' },
  },
  workloads: ['storefront', 'orders'],
  gateways: {
    edge: { listeners: { http: 80 } },
  },

  routes: {
    storefront: { on: 'edge', to: 'storefront' },
    // One payment in ten goes to the new version.
    payments: { on: 'payments', to: { 'payments-v1': 90, 'payments-v2': 10 } },
  },

  // Without its catalog the shop is empty, not broken; and no customer waits for it longer than two seconds.
  traffic: {
    catalog: {
      on: 'catalog',
      timeouts: { request: '2s' },
      fallback: {
        answer: {
          status: 200,
          headers: [{ name: 'content-type', value: 'application/json' }],
          body: '{"products":[]}',
        },
      },
    },
  },

  // What no policy allows is denied.
  policies: {
    'storefront-from-edge': { allow: 'edge', to: 'storefront' },
    'catalog-from-storefront': { allow: 'storefront', to: 'catalog', methods: ['GET'] },
    'orders-from-storefront': { allow: 'storefront', to: 'orders', methods: ['POST'], paths: ['/orders'] },
    // Only orders may charge: the storefront that tries is denied.
    'payments-from-orders': { allow: 'orders', to: 'payments', methods: ['POST'], paths: ['/charges'] },
  },
});
