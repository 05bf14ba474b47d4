import * as z from 'zod';
import { fields } from './fields.ts';

/** A URL without query, fragment and user (OpenID Connect Discovery 3); whether it may be reached is judged when it is. */
export const issuerUrl = z
  .string()
  .max(1024)
  .regex(/^https?:\/\/[^\s?#@]+$/, { message: 'must be an http(s) URL without user, query and fragment' });

/** Who outside of the mesh may vouch for workloads and for callers of the admin API. */
export const oidcIssuer = fields({
  issuer: issuerUrl,
  jwksUri: z
    .string()
    .max(1024)
    .regex(/^https?:\/\/[^\s#@]+$/, { message: 'must be an http(s) URL' })
    .exactOptional(),
  audiences: z.array(z.string().min(1).max(1024)).min(1).max(64).exactOptional(),
});

export type OidcIssuer = z.infer<typeof oidcIssuer>;
