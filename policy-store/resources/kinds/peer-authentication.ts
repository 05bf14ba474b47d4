import type * as z from 'zod';
import { defineKind } from '../kind.ts';
import { choice, fields } from '../schema/fields.ts';
import { labels } from '../schema/text.ts';

const mode = choice(['STRICT', 'PERMISSIVE', 'UNSET'], {
  DISABLE: 'the mesh always checks an identity that is sent; use PERMISSIVE to let callers without one through',
});

const spec = fields(
  {
    selector: fields({ matchLabels: labels.exactOptional() }).exactOptional(),
    mtls: fields({ mode: mode.exactOptional() }).exactOptional(),
  },
  { portLevelMtls: 'set mtls.mode for the whole service' },
);

export type PeerAuthenticationSpec = z.infer<typeof spec>;

/** Whether callers without an identity are let through to authorization, for one service, a namespace or the mesh. */
export const PEER_AUTHENTICATION = defineKind<PeerAuthenticationSpec>({
  group: 'security.istio.io',
  versions: ['v1', 'v1beta1'],
  kind: 'PeerAuthentication',
  plural: 'peerauthentications',
  shortNames: ['pa'],
  spec,
});
