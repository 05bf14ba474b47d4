import type { ListenerCertificate } from '../../../snapshot/gateway-chunk.ts';

const meta = (name: string) => ({ name, namespace: 'shop' });
const allow = (name: string, ...principals: string[]) => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: meta(name),
  spec: {
    targetRefs: [{ group: '', kind: 'Service', name }],
    action: 'ALLOW',
    rules: [{ from: [{ source: { principals } }] }],
  },
});
const workload = (name: string) => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Workload',
  metadata: meta(name),
  spec: {},
});
const service = (name: string, targetPort: number, appProtocol?: string) => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Service',
  metadata: meta(name),
  spec: {
    endpoints: [{ address: '127.0.0.1' }],
    ports: [{ port: 80, targetPort, ...(appProtocol && { appProtocol }) }],
  },
});

/** What a gateway shows for `hostname`. */
export const secret = (name: string, { certificate, privateKey }: ListenerCertificate): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: meta(name),
  type: 'kubernetes.io/tls',
  data: { 'tls.crt': btoa(certificate), 'tls.key': btoa(privateKey) },
});

/** A gRPC service and a chat, called by `cart`, and the chat from outside by TLS. */
export function protocolDocuments(ports: { grpc: number; chat: number; secure: number }): object[] {
  return [
    workload('cart'),
    workload('thief'),
    service('greeter', ports.grpc, 'kubernetes.io/h2c'),
    service('chat', ports.chat),
    service('small-chat', ports.chat),
    allow('small-chat', 'mesh.local/ns/shop/sa/cart'),
    {
      apiVersion: 'gossamer.mesh/v1',
      kind: 'TrafficPolicy',
      metadata: meta('small-chat'),
      spec: { targetRefs: [{ kind: 'Service', name: 'small-chat' }], concurrency: { limit: 1, queue: 1, wait: '10s' } },
    },
    allow('greeter', 'mesh.local/ns/shop/sa/cart'),
    allow('chat', 'mesh.local/ns/shop/sa/cart', 'mesh.local/ns/shop/sa/front'),
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { ...meta('front'), annotations: { 'gossamer.mesh/bind': `443=127.0.0.1:${ports.secure}` } },
      spec: {
        gatewayClassName: 'gossamer',
        listeners: [
          {
            name: 'https',
            port: 443,
            protocol: 'HTTPS',
            hostname: 'www.shop.example',
            tls: { certificateRefs: [{ name: 'www' }] },
          },
        ],
      },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: meta('front'),
      spec: { parentRefs: [{ name: 'front' }], rules: [{ backendRefs: [{ name: 'chat', port: 80 }] }] },
    },
  ];
}
