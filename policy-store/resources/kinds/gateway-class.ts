import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { fields } from '../schema/fields.ts';

const spec = fields({
  controllerName: z.string().min(1).max(253),
  description: z.string().max(64).exactOptional(),
  parametersRef: z.unknown().exactOptional(),
});

export type GatewayClassSpec = z.infer<typeof spec>;

/** Taken because files have it. This mesh serves the Gateways of every class. */
export const GATEWAY_CLASS = defineKind<GatewayClassSpec>({
  group: 'gateway.networking.k8s.io',
  versions: ['v1', 'v1beta1'],
  kind: 'GatewayClass',
  plural: 'gatewayclasses',
  shortNames: ['gc'],
  scope: 'Cluster',
  spec,
});
