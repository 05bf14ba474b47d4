import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { problem, repeated } from '../schema/check.ts';
import { choice, fields } from '../schema/fields.ts';
import { label, labels, portNumber } from '../schema/text.ts';

/** Whether the address may be reached is judged by the compiler, which knows the mesh's allowed ranges. */
const endpoint = fields({
  url: z.string().min(1).max(2048).exactOptional(),
  binding: z
    .string()
    .regex(/^[A-Za-z_]\w{0,62}$/, { message: "must be the name of a worker's service binding, such as PAYMENTS" })
    .exactOptional(),
  address: z.string().min(1).max(253).exactOptional(),
  labels: labels.exactOptional(),
  weight: z.int().min(0).max(1_000_000).exactOptional(),
  region: label.exactOptional(),
}).check((ctx) => {
  const { url, binding, address } = ctx.value;
  const given = [url, binding, address].filter((way) => way !== undefined).length;
  if (given !== 1) problem(ctx, [], 'must have exactly one of url, binding and address');
});

const port = fields({
  name: label.exactOptional(),
  port: portNumber,
  targetPort: portNumber.exactOptional(),
  appProtocol: z.string().min(1).max(253).exactOptional(),
});

const NO_MTLS = 'no entry asks for client certificates; strict-proof is the strongest that there is';

const spec = fields({
  endpoints: z.array(endpoint).max(1000).exactOptional(),
  ports: z.array(port).max(100).exactOptional(),
  identity: z.string().min(1).max(2048).exactOptional(),
  authn: choice(['bearer', 'proof', 'strict-proof'], { mtls: NO_MTLS }).exactOptional(),
}).check((ctx) => {
  const { ports = [], endpoints = [] } = ctx.value;
  for (const i of repeated(ports, (p) => String(p.port)))
    problem(ctx, ['ports', i, 'port'], 'is used twice: remove one');
  for (const i of repeated(ports, (p) => p.name)) problem(ctx, ['ports', i, 'name'], 'is used twice: rename one');
  for (const i of repeated(endpoints, (e) => e.url ?? e.binding ?? e.address)) {
    problem(ctx, ['endpoints', i], 'is listed twice: keep one and give it a weight');
  }
});

export type ServiceSpec = z.infer<typeof spec>;

/** A service of the mesh: where it can be reached, and under which identity it answers. */
export const SERVICE = defineKind<ServiceSpec>({
  group: 'gossamer.mesh',
  versions: ['v1'],
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  name: label,
  spec,
});
