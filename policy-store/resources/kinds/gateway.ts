import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { fields } from '../schema/fields.ts';
import { listeners, namespacesFrom } from './listener.ts';

const spec = fields(
  {
    /** Any class: this mesh serves every Gateway that is applied to it. */
    gatewayClassName: z.string().min(1).max(253),
    listeners,
    /** Which ListenerSets may add listeners. Unset: none. */
    allowedListeners: fields({
      namespaces: namespacesFrom(['None', 'Same', 'All', 'Selector']).exactOptional(),
    }).exactOptional(),
  },
  {
    addresses: 'sockets come from --gateway-port and the annotation gossamer.mesh/bind',
    infrastructure: 'there is no infrastructure to label: leave it out',
    tls: 'leave it out: client and backend certificates are not checked here',
    backendTLS: 'use https endpoints in the Service',
    defaultScope: 'name the Gateway in parentRefs',
  },
);

export type GatewaySpec = z.infer<typeof spec>;

/** The front door: listeners, and which routes may attach to them (Gateway API). */
export const GATEWAY = defineKind<GatewaySpec>({
  group: 'gateway.networking.k8s.io',
  versions: ['v1', 'v1beta1'],
  kind: 'Gateway',
  plural: 'gateways',
  shortNames: ['gtw', 'gw'],
  spec,
});
