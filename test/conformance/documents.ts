import type { ConformanceTest, Manifest, Topology } from './case-format.ts';
import type { EchoBackend } from './echo-backends.ts';

/** Where a Gateway's logical ports are reached in a replay. */
export interface GatewaySockets {
  readonly address: string;
  socketPort(logicalPort: number): number;
}

const keyOf = (m: { metadata: { name: string; namespace?: string } }): string =>
  `${m.metadata.namespace ?? 'default'}/${m.metadata.name}`;

/** All documents of one test: the topology with endpoints in place of pods, the test's own, and the mesh's settings. */
export function documentsOf(
  test: ConformanceTest,
  topology: Topology,
  backends: readonly EchoBackend[],
): { documents: Manifest[]; sockets: Map<string, GatewaySockets> } {
  const own = new Map<string, Manifest>();
  const namespaces = [...topology.gateway, ...topology.mesh].filter((manifest) => manifest.kind === 'Namespace');
  for (const manifest of [...namespaces, ...test.baseManifests, ...test.manifests]) {
    if (manifest.kind !== 'Deployment') own.set(`${manifest.apiVersion}/${manifest.kind}/${keyOf(manifest)}`, manifest);
  }
  const documents = [...own.values()].map((m) => structuredClone(m));
  const sockets = bindGateways(documents);
  documents.push(...endpointsOf(documents, backends), ...callersOf(test), ...SETTINGS);
  if (test.test.startsWith('HTTPRouteRetry')) documents.push(...patienceWith(documents));
  return { documents, sockets };
}

const SETTINGS: Manifest[] = [
  {
    apiVersion: 'gossamer.mesh/v1',
    kind: 'MeshConfig',
    metadata: { name: 'mesh' },
    spec: { defaultAuthorization: 'allow' },
  },
  {
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: { name: 'default', namespace: 'mesh-system' },
    spec: { mtls: { mode: 'PERMISSIVE' } },
  },
];

function endpointsOf(documents: readonly Manifest[], backends: readonly EchoBackend[]): Manifest[] {
  const services = documents.filter((m) => m.kind === 'Service' && m.apiVersion === 'v1');
  return services.map((service) => {
    const selector = Object.entries((service.spec?.selector ?? {}) as Record<string, string>);
    // Services without selector have EndpointSlices made by hand, which the suite fills with the first backend's pods.
    const wanted = selector.length > 0 ? selector : [['app', 'infra-backend-v1'] as const];
    const chosen = backends.filter(
      (b) => b.namespace === service.metadata.namespace && wanted.every(([k, v]) => b.labels[k] === v),
    );
    return {
      apiVersion: 'gossamer.mesh/v1',
      kind: 'Service',
      metadata: { name: service.metadata.name, namespace: service.metadata.namespace ?? 'default' },
      spec: { endpoints: chosen.map((b) => ({ address: b.address })) },
    };
  });
}

/**
 * The cases on retries ask one endpoint to fail, many times in a row and as if nothing had been before. A breaker does
 * remember: here it has to bear more than the suite asks for.
 */
const patienceWith = (documents: readonly Manifest[]): Manifest[] =>
  documents
    .filter((m) => m.kind === 'Service' && m.apiVersion === 'gossamer.mesh/v1')
    .map(({ metadata }) => ({
      apiVersion: 'gossamer.mesh/v1',
      kind: 'TrafficPolicy',
      metadata: { ...metadata },
      spec: { targetRefs: [{ kind: 'Service', name: metadata.name }], breaker: { consecutiveFailures: 1000 } },
    }));

function callersOf(test: ConformanceTest): Manifest[] {
  const callers = new Map<string, Manifest>();
  for (const { request } of test.cases) {
    if (!request.from) continue;
    const metadata = { name: request.from.workload, namespace: request.from.namespace };
    callers.set(keyOf({ metadata }), { apiVersion: 'gossamer.mesh/v1', kind: 'Workload', metadata, spec: {} });
  }
  return [...callers.values()];
}

/** Gives each Gateway an address of its own, and the bind annotation for every logical port that may lead to it. */
function bindGateways(documents: readonly Manifest[]): Map<string, GatewaySockets> {
  const sockets = new Map<string, GatewaySockets>();
  const socketPort = (port: number): number => 10_000 + port;
  const listenerPorts = (m: Manifest): number[] =>
    ((m.spec?.listeners ?? []) as { port: number }[]).map((listener) => listener.port);
  const gateways = documents.filter((m) => m.kind === 'Gateway');
  for (const [index, gateway] of gateways.entries()) {
    const address = `127.0.2.${index + 1}`;
    const sets = documents.filter((m) => {
      const parent = m.spec?.parentRef as { name: string; namespace?: string } | undefined;
      const namespace = parent?.namespace ?? m.metadata.namespace;
      return (
        m.kind === 'ListenerSet' && parent?.name === gateway.metadata.name && namespace === gateway.metadata.namespace
      );
    });
    const ports = new Set([gateway, ...sets].flatMap(listenerPorts));
    const bind = [...ports].map((port) => `${port}=${address}:${socketPort(port)}`).join(',');
    gateway.metadata.annotations = { ...gateway.metadata.annotations, 'gossamer.mesh/bind': bind };
    sockets.set(keyOf(gateway), { address, socketPort });
  }
  return sockets;
}
