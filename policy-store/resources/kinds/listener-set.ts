import type * as z from 'zod';
import { defineKind } from '../kind.ts';
import { choice, fields } from '../schema/fields.ts';
import { referenceName } from '../schema/text.ts';
import { listeners } from './listener.ts';

const spec = fields({
  parentRef: fields({
    group: choice(['gateway.networking.k8s.io']).exactOptional(),
    kind: choice(['Gateway']).exactOptional(),
    namespace: referenceName.exactOptional(),
    name: referenceName,
  }),
  listeners,
});

export type ListenerSetSpec = z.infer<typeof spec>;

/** More listeners for a Gateway, written by someone else than its owner (Gateway API). */
export const LISTENER_SET = defineKind<ListenerSetSpec>({
  group: 'gateway.networking.k8s.io',
  versions: ['v1'],
  kind: 'ListenerSet',
  plural: 'listenersets',
  shortNames: ['lset'],
  spec,
});
