import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { problem, repeated } from '../schema/check.ts';
import { choice, fields } from '../schema/fields.ts';
import { label, portNumber } from '../schema/text.ts';

const port = fields({
  name: label.exactOptional(),
  port: portNumber,
  /** A name means a port of the pod, which the mesh does not see: then the Service's own port is used. */
  targetPort: z.union([portNumber, z.string().min(1).max(63)], { error: 'must be a port or its name' }).exactOptional(),
  protocol: choice(['TCP', 'UDP', 'SCTP']).exactOptional(),
  appProtocol: z.string().min(1).max(253).exactOptional(),
  nodePort: z.unknown().exactOptional(),
});

/** Fields by which a cluster finds and exposes pods. The mesh has its own ways; they are taken and left alone. */
const CLUSTER_FIELDS = [
  ...['selector', 'type', 'clusterIP', 'clusterIPs', 'externalIPs', 'externalName', 'externalTrafficPolicy'],
  ...['healthCheckNodePort', 'internalTrafficPolicy', 'ipFamilies', 'ipFamilyPolicy', 'loadBalancerClass'],
  ...['loadBalancerIP', 'loadBalancerSourceRanges', 'allocateLoadBalancerNodePorts', 'publishNotReadyAddresses'],
  ...['sessionAffinity', 'sessionAffinityConfig', 'trafficDistribution'],
] as const;

type ClusterField = (typeof CLUSTER_FIELDS)[number];

const clusterFields = Object.fromEntries(CLUSTER_FIELDS.map((name) => [name, z.unknown().exactOptional()])) as Record<
  ClusterField,
  z.ZodExactOptional<z.ZodUnknown>
>;

const spec = fields({ ports: z.array(port).max(100).exactOptional(), ...clusterFields }).check((ctx) => {
  const { ports = [] } = ctx.value;
  for (const i of repeated(ports, (p) => `${p.port}/${p.protocol ?? 'TCP'}`)) {
    problem(ctx, ['ports', i, 'port'], 'is used twice: every port of a Service needs a number of its own');
  }
});

export type CoreServiceSpec = z.infer<typeof spec>;

/** Core v1 Service: ports and labels. Its endpoints come from a `gossamer.mesh/v1` Service of the same name. */
export const CORE_SERVICE = defineKind<CoreServiceSpec>({
  group: '',
  versions: ['v1'],
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  name: label,
  spec,
});
