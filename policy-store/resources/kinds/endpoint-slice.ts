import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { choice, fields } from '../schema/fields.ts';
import { portNumber } from '../schema/text.ts';

const endpoint = fields({
  addresses: z.array(z.string().min(1).max(253)).min(1).max(100),
  conditions: fields({
    ready: z.boolean().nullable().exactOptional(),
    serving: z.boolean().nullable().exactOptional(),
    terminating: z.boolean().nullable().exactOptional(),
  }).exactOptional(),
  hostname: z.unknown().exactOptional(),
  targetRef: z.unknown().exactOptional(),
  nodeName: z.unknown().exactOptional(),
  zone: z.unknown().exactOptional(),
  hints: z.unknown().exactOptional(),
  deprecatedTopology: z.unknown().exactOptional(),
});

const port = fields({
  name: z.string().max(63).exactOptional(),
  port: portNumber.exactOptional(),
  protocol: choice(['TCP', 'UDP', 'SCTP']).exactOptional(),
  appProtocol: z.string().max(253).exactOptional(),
});

const spec = fields({
  addressType: choice(['IPv4', 'IPv6', 'FQDN']),
  endpoints: z.array(endpoint).max(1000).nullable().exactOptional(),
  ports: z.array(port).max(100).nullable().exactOptional(),
});

export type EndpointSliceSpec = z.infer<typeof spec>;

/** Addresses of a core Service, by its label `kubernetes.io/service-name`. */
export const ENDPOINT_SLICE = defineKind<EndpointSliceSpec>({
  group: 'discovery.k8s.io',
  versions: ['v1'],
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  atRoot: spec.shape,
  spec,
});
