import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { accessBinding } from '../schema/access-binding.ts';
import { block } from '../schema/call-patterns.ts';
import { problem, repeated } from '../schema/check.ts';
import { duration, milliseconds } from '../schema/duration.ts';
import { choice, fields } from '../schema/fields.ts';
import { parseRange } from '../schema/ip-range.ts';
import { oidcIssuer } from '../schema/oidc-issuer.ts';
import { label, subdomain } from '../schema/text.ts';

/** SPIFFE: lower-case letters, digits, `.`, `-`, `_`; at most 255 bytes. */
const trustDomain = z
  .string()
  .max(255)
  .regex(/^[a-z0-9][a-z0-9._-]*$/, { message: 'must be lower-case letters, digits, ".", "-" and "_"' });

const range = z.string().refine((text) => parseRange(text) !== undefined, {
  message: 'must be an IP range such as 10.0.0.0/8 or fd00::/8',
});

const staleness = fields({ soft: duration.exactOptional(), hard: duration.exactOptional() }).check((ctx) => {
  const { soft, hard } = ctx.value;
  if (hard !== undefined && milliseconds(hard) < 30_000) {
    // A router asks again every 25 s: a shorter limit would refuse traffic in a healthy mesh.
    problem(ctx, ['hard'], 'must be at least 30s');
  }
  if (soft !== undefined && hard !== undefined && milliseconds(soft) > milliseconds(hard)) {
    problem(ctx, ['soft'], 'is longer than hard');
  }
});

const spec = fields({
  trustDomain: trustDomain.exactOptional(),
  domain: subdomain.exactOptional(),
  rootNamespace: label.exactOptional(),
  defaultAuthorization: choice(['deny', 'allow']).exactOptional(),
  staleness: staleness.exactOptional(),
  telemetry: fields({ trustIncomingContext: z.boolean().exactOptional() }).exactOptional(),
  allowedEndpointRanges: z.array(range).max(64).exactOptional(),
  replayProtection: choice(['off', 'best-effort', 'strict']).exactOptional(),
  issuers: z.array(oidcIssuer).max(64).exactOptional(),
  access: z.array(accessBinding).max(1000).exactOptional(),
  trustedProxies: z.array(block).max(64).exactOptional(),
  strictAudiences: z.boolean().exactOptional(),
}).check((ctx) => {
  const { issuers = [], access = [] } = ctx.value;
  for (const i of repeated(issuers, ({ issuer }) => issuer)) {
    problem(ctx, ['issuers', i, 'issuer'], 'is listed twice: remove one');
  }
  access.forEach(({ oidc }, i) => {
    if (oidc === undefined || issuers.some(({ issuer }) => issuer === oidc.issuer)) return;
    problem(ctx, ['access', i, 'oidc', 'issuer'], 'is not one of spec.issuers: list it there, letter for letter');
  });
});

export type MeshConfigSpec = z.infer<typeof spec>;

/** Settings of the whole mesh. There is one, named `mesh`; without it every default holds. */
export const MESH_CONFIG = defineKind<MeshConfigSpec>({
  group: 'gossamer.mesh',
  versions: ['v1'],
  kind: 'MeshConfig',
  plural: 'meshconfigs',
  shortNames: ['mc'],
  scope: 'Cluster',
  name: z.string().refine((name) => name === 'mesh', { message: 'must be "mesh": there is one MeshConfig' }),
  spec,
});
