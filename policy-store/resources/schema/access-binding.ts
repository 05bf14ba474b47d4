import * as z from 'zod';
import { parseSpiffeId } from '../../../snapshot/spiffe-id.ts';
import { problem } from './check.ts';
import { choice, fields } from './fields.ts';
import { label } from './text.ts';

const spiffeId = z.string().refine((text) => parseSpiffeId(text) !== undefined, {
  message: 'must be a SPIFFE ID such as spiffe://mesh.local/ns/ops/sa/deployer',
});

const oidc = fields({
  issuer: z.string().min(1).max(1024),
  claims: z.record(z.string().min(1).max(256), z.string().min(1).max(1024)),
}).check((ctx) => {
  const count = Object.keys(ctx.value.claims).length;
  if (count === 0)
    problem(ctx, ['claims'], 'must name at least one claim, such as sub: everybody of an issuer is nobody');
  if (count > 16) problem(ctx, ['claims'], 'names more than 16 claims');
});

/** Gives a role of the admin API to a workload, or to whoever an OIDC issuer says these claims of. */
export const accessBinding = fields({
  role: choice(['viewer', 'policy-editor', 'service-owner', 'key-admin', 'auditor', 'admin']),
  namespaces: z.array(label).min(1).max(256).exactOptional(),
  workload: spiffeId.exactOptional(),
  oidc: oidc.exactOptional(),
}).check((ctx) => {
  const { role, namespaces, workload, oidc: claims } = ctx.value;
  if ((workload === undefined) === (claims === undefined))
    problem(ctx, [], 'must have exactly one of workload and oidc');
  if (role === 'service-owner' && namespaces === undefined) {
    problem(ctx, ['namespaces'], 'is missing: a service-owner owns the namespaces that are named here');
  }
  if (role !== 'service-owner' && role !== 'policy-editor' && namespaces !== undefined) {
    problem(ctx, ['namespaces'], `limits policy-editor and service-owner only: the role ${role} is for the whole mesh`);
  }
});

export type AccessBinding = z.infer<typeof accessBinding>;
