const GATEWAY_API = 'gateway.networking.k8s.io/v1';

const meta = (name: string) => ({ name, namespace: 'shop' });
const workload = (name: string) => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Workload',
  metadata: meta(name),
  spec: {},
});
const service = (name: string, port: number, more: object = {}) => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Service',
  metadata: meta(name),
  spec: { endpoints: [{ url: `http://127.0.0.1:${port}` }], ...more },
});
const allow = (name: string, target: string, who: readonly string[], operation: object) => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: meta(name),
  spec: {
    targetRefs: [{ group: '', kind: 'Service', name: target }],
    action: 'ALLOW',
    rules: [
      {
        from: [{ source: { principals: who.map((one) => `mesh.local/ns/shop/sa/${one}`) } }],
        to: [{ operation }],
      },
    ],
  },
});
const rewrite = (name: string, parent: object, hostnames: object) => ({
  apiVersion: GATEWAY_API,
  kind: 'HTTPRoute',
  metadata: meta(name),
  spec: {
    parentRefs: [parent],
    ...hostnames,
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/open/rewrite' } }],
        filters: [
          {
            type: 'URLRewrite',
            urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/open/rewritten' } },
          },
        ],
        backendRefs: [{ name: 'vault', port: 80 }],
      },
      {
        matches: [{ path: { type: 'PathPrefix', value: '/' } }],
        backendRefs: [{ name: 'vault', port: 80 }],
      },
    ],
  },
});

/** Who may call what under which paths: nothing but `/open/...` of `vault` is open to anybody. */
export const OPEN = '/open/';
/** Words that no refusal may say: names of policies, of other services, of principals. */
export const INNER_WORDS = ['only-the-open-part', 'safe-for-nobody', 'strongroom', 'sa/cart', 'sa/front', 'sa/admin'];

/** Whose names, written one behind the other, are those of `baker` in `shop` or come close to it. None may call. */
export const LOOKALIKES = [
  { namespace: 'shop-baker', name: 'baker' },
  { namespace: 'shop', name: 'shop-baker' },
  { namespace: 'sho', name: 'pbaker' },
  { namespace: 'shop-sa', name: 'baker' },
  { namespace: 'shop', name: 'sa-baker' },
  { namespace: 'shop', name: 'baker-0' },
] as const;

/** @param port of the recording upstream, which stands behind every service */
export function attackedDocuments(port: number): object[] {
  return [
    workload('cart'),
    workload('thief'),
    workload('baker'),
    ...LOOKALIKES.map(({ namespace, name }) => ({ ...workload(name), metadata: { name, namespace } })),
    service('vault', port),
    service('strongroom', port),
    allow('only-the-open-part', 'vault', ['cart', 'baker', 'front'], { paths: [`${OPEN}*`] }),
    allow('safe-for-nobody', 'strongroom', ['admin'], { methods: ['GET'] }),
    rewrite('vault', { group: '', kind: 'Service', name: 'vault' }, {}),
    {
      apiVersion: GATEWAY_API,
      kind: 'Gateway',
      metadata: meta('front'),
      spec: {
        gatewayClassName: 'gossamer',
        listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname: '*.shop.example' }],
      },
    },
    rewrite('front', { name: 'front' }, { hostnames: ['www.shop.example'] }),
  ];
}
