import * as z from 'zod';
import { problem, repeated } from '../schema/check.ts';
import { choice, fields } from '../schema/fields.ts';
import { groupName, hostname, kindName, labels, portNumber, referenceName, sectionName } from '../schema/text.ts';

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

/** Which namespaces are let in. `None` is for ListenerSets alone. */
export const namespacesFrom = <const From extends readonly string[]>(from: From) =>
  fields({ from: choice(from).exactOptional(), selector: selector.exactOptional() }).check((ctx) => {
    const { from: chosen, selector: given } = ctx.value as { from?: string; selector?: unknown };
    if (chosen === 'Selector' && given === undefined) {
      problem(ctx, ['selector'], 'is required with from: Selector');
    }
  });

const allowedRoutes = fields({
  namespaces: namespacesFrom(['Same', 'All', 'Selector']).exactOptional(),
  kinds: z
    .array(fields({ group: groupName.exactOptional(), kind: kindName }))
    .max(8)
    .exactOptional(),
});

const tls = fields(
  {
    mode: choice(['Terminate', 'Passthrough']).exactOptional(),
    certificateRefs: z
      .array(
        fields({
          group: groupName.exactOptional(),
          kind: kindName.exactOptional(),
          name: referenceName,
          namespace: referenceName.exactOptional(),
        }),
      )
      .max(64)
      .exactOptional(),
  },
  { options: 'leave them out: TLS is 1.2 or newer', frontendValidation: 'ask for identity in policies' },
);

const listener = fields({
  name: sectionName,
  hostname: hostname.exactOptional(),
  port: portNumber,
  /** Protocols other than HTTP and HTTPS are taken, and said to be unsupported in the listener's conditions. */
  protocol: z.string().min(1).max(255),
  tls: tls.exactOptional(),
  allowedRoutes: allowedRoutes.exactOptional(),
}).check((ctx) => {
  const { protocol, tls: given, hostname: host } = ctx.value;
  const plain = ['HTTP', 'TCP', 'UDP'].includes(protocol);
  if (plain && given !== undefined) problem(ctx, ['tls'], `does not go with protocol ${protocol}`);
  if ((protocol === 'TCP' || protocol === 'UDP') && host !== undefined) {
    problem(ctx, ['hostname'], `does not go with protocol ${protocol}`);
  }
  if (protocol !== 'HTTPS') return;
  if (given?.mode === 'Passthrough') problem(ctx, ['tls', 'mode'], 'must be Terminate with protocol HTTPS');
  if ((given?.certificateRefs ?? []).length === 0) {
    problem(ctx, ['tls', 'certificateRefs'], 'is required with protocol HTTPS: name a Secret', 'missing-field');
  }
});

/** Listeners of a Gateway or ListenerSet. */
export const listeners = z
  .array(listener)
  .min(1)
  .max(64)
  .check((ctx) => {
    for (const i of repeated(ctx.value, (l) => l.name)) problem(ctx, [i, 'name'], 'is used twice: rename one');
    for (const i of repeated(ctx.value, (l) => `${l.port} ${l.protocol} ${l.hostname ?? ''}`)) {
      const message = 'has the port, protocol and hostname of another listener: each may occur once';
      problem(ctx, [i], message);
    }
  });

export type GatewayListener = z.infer<typeof listener>;
export type CertificateRef = NonNullable<z.infer<typeof tls>['certificateRefs']>[number];
export type NamespaceSelector = z.infer<typeof selector>;
