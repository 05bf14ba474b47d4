import * as z from 'zod';
import { problem } from './check.ts';
import { fields } from './fields.ts';
import { issuerUrl } from './oidc-issuer.ts';

const audience = z.string().min(1).max(1024);

/**
 * Claims that name one thing for ever. Names of repositories, branches, namespaces and projects can be taken over by
 * somebody else after they were given up.
 */
const IMMUTABLE: readonly string[] = [
  // GitHub Actions
  'repository_id',
  // Kubernetes
  'kubernetes.io.serviceaccount.uid',
  // Deno Deploy
  'app_id',
  'org_id',
  // Vercel
  'project_id',
  'owner_id',
  // Microsoft Entra
  'oid',
];
const UUID_OR_NUMBER = /^(?:\d{6,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$/;

const pinsSomething = ([name, value]: [string, string]): boolean =>
  IMMUTABLE.includes(name) || (name === 'sub' && UUID_OR_NUMBER.test(value));

/** Whoever an outside issuer says this of is the workload. */
export const federationRule = fields({
  issuer: issuerUrl,
  audience: audience.exactOptional(),
  claims: z.record(z.string().min(1).max(256), z.string().min(1).max(1024)),
}).check((ctx) => {
  const claims = Object.entries(ctx.value.claims);
  if (claims.length > 16) problem(ctx, ['claims'], 'names more than 16 claims');
  if (claims.some(pinsSomething)) return;
  const message = `pins nothing that lasts: names can be given up and taken by somebody else. Add one of ${IMMUTABLE.join(', ')}`;
  problem(ctx, ['claims'], message, 'mutable-claims');
});

export type FederationRule = z.infer<typeof federationRule>;
