import type { Members } from './forge.ts';

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const meta = (name: string) => ({ name, namespace: 'shop' });

export const LOGIN = 'https://login.example';
export const OTHER_LOGIN = 'https://other-login.example';
export const PLATFORM = 'https://platform.example';
export const OTHER_PLATFORM = 'https://other-platform.example';
export const REPOSITORY = 'repo:acme/cart';

const service = (name: string, port: number, authn: string) => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Service',
  metadata: meta(name),
  spec: { endpoints: [{ url: `http://127.0.0.1:${port}` }], authn },
});

const allow = (name: string, source: object) => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: meta(name),
  spec: {
    targetRefs: [{ group: '', kind: 'Service', name }],
    action: 'ALLOW',
    rules: [{ from: [{ source }] }],
  },
});

const rule = (issuer: string, keys: readonly object[]) => ({
  issuer,
  audiences: ['shop'],
  jwks: JSON.stringify({ keys }),
});

export interface AttackedKeys {
  /** Of the workload `cart`. */
  readonly cart: Members;
  readonly login: readonly object[];
  readonly otherLogin: readonly object[];
}

/** One service for each way to prove who calls, and a gateway that end users come to. */
export function tokenDocuments(port: number, { cart, login, otherLogin }: AttackedKeys): object[] {
  const caller = { principals: ['mesh.local/ns/shop/sa/cart'] };
  return [
    {
      apiVersion: 'gossamer.mesh/v1',
      kind: 'MeshConfig',
      metadata: { name: 'mesh' },
      spec: {
        issuers: [PLATFORM, OTHER_PLATFORM].map((issuer) => ({ issuer, jwksUri: `${issuer}/keys` })),
      },
    },
    {
      apiVersion: 'gossamer.mesh/v1',
      kind: 'Workload',
      metadata: meta('cart'),
      spec: {
        keys: [{ ...cart, alg: 'ES256' }],
        federation: [PLATFORM, OTHER_PLATFORM].map((issuer) => ({
          issuer,
          audience: 'gossamer',
          claims: { sub: REPOSITORY, repository_id: '7' },
        })),
      },
    },
    service('vault', port, 'proof'),
    service('ledger', port, 'strict-proof'),
    service('legacy', port, 'bearer'),
    service('desk', port, 'proof'),
    ...['vault', 'ledger', 'legacy'].map((name) => allow(name, caller)),
    allow('desk', { requestPrincipals: [`${LOGIN}/*`, `${OTHER_LOGIN}/*`] }),
    {
      apiVersion: GATEWAY_API,
      kind: 'Gateway',
      metadata: meta('front'),
      spec: {
        gatewayClassName: 'gossamer',
        listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname: '*.shop.example' }],
      },
    },
    {
      apiVersion: GATEWAY_API,
      kind: 'HTTPRoute',
      metadata: meta('front'),
      spec: {
        parentRefs: [{ name: 'front' }],
        hostnames: ['www.shop.example'],
        rules: [{ backendRefs: [{ name: 'desk', port: 80 }] }],
      },
    },
    {
      apiVersion: 'security.istio.io/v1',
      kind: 'RequestAuthentication',
      metadata: meta('users'),
      spec: {
        targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'front' }],
        jwtRules: [rule(LOGIN, login), rule(OTHER_LOGIN, otherLogin)],
      },
    },
  ];
}
