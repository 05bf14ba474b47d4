import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { problem, repeated } from '../schema/check.ts';
import { choice, fields } from '../schema/fields.ts';
import { groupName, hostname, kindName, labels, portNumber, sectionName } from '../schema/text.ts';

const requirement = fields({
  key: z.string().min(1).max(317),
  operator: choice(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: z.array(z.string().max(63)).max(64).exactOptional(),
}).check((ctx) => {
  const { operator, values = [] } = ctx.value;
  const wanted = operator === 'In' || operator === 'NotIn';
  if (wanted !== values.length > 0) {
    problem(ctx, ['values'], wanted ? 'is required with In and NotIn' : `does not go with ${operator}: remove it`);
  }
});

const selector = fields({
  matchLabels: labels.exactOptional(),
  matchExpressions: z.array(requirement).max(64).exactOptional(),
});

const namespaces = fields({
  from: choice(['Same', 'All', 'Selector']).exactOptional(),
  selector: selector.exactOptional(),
}).check((ctx) => {
  if (ctx.value.from === 'Selector' && ctx.value.selector === undefined) {
    problem(ctx, ['selector'], 'is required with from: Selector');
  }
});

const allowedRoutes = fields({
  namespaces: namespaces.exactOptional(),
  kinds: z
    .array(fields({ group: groupName.exactOptional(), kind: kindName }))
    .max(8)
    .exactOptional(),
});

const ONLY_HTTP = 'use protocol: HTTP, and end TLS in front of the gateway';

const listener = fields(
  {
    name: sectionName,
    hostname: hostname.exactOptional(),
    port: portNumber,
    protocol: choice(['HTTP'], { HTTPS: ONLY_HTTP, TLS: ONLY_HTTP, TCP: ONLY_HTTP, UDP: ONLY_HTTP }),
    allowedRoutes: allowedRoutes.exactOptional(),
  },
  { tls: ONLY_HTTP },
);

const spec = fields(
  {
    /** Any class: this mesh serves every Gateway that is applied to it. */
    gatewayClassName: z.string().min(1).max(253),
    listeners: z.array(listener).min(1).max(64),
  },
  {
    addresses: 'sockets come from --gateway-port and the annotation gossamer.mesh/bind',
    infrastructure: 'there is no infrastructure to label: leave it out',
    allowedListeners: 'write the listeners into the Gateway',
    tls: ONLY_HTTP,
    backendTLS: 'use https endpoints in the Service',
    defaultScope: 'name the Gateway in parentRefs',
  },
).check((ctx) => {
  const { listeners } = ctx.value;
  for (const i of repeated(listeners, (l) => l.name))
    problem(ctx, ['listeners', i, 'name'], 'is used twice: rename one');
  for (const i of repeated(listeners, (l) => `${l.port} ${l.hostname ?? ''}`)) {
    problem(ctx, ['listeners', i], 'has the port and hostname of another listener: each pair may occur once');
  }
});

export type GatewaySpec = z.infer<typeof spec>;
export type GatewayListener = GatewaySpec['listeners'][number];
export type NamespaceSelector = z.infer<typeof selector>;

/** The front door: listeners, and which routes may attach to them (Gateway API). */
export const GATEWAY = defineKind<GatewaySpec>({
  group: 'gateway.networking.k8s.io',
  versions: ['v1', 'v1beta1'],
  kind: 'Gateway',
  plural: 'gateways',
  shortNames: ['gtw', 'gw'],
  spec,
});
