import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { label } from '../schema/text.ts';

/** Only its labels matter: a Gateway's `allowedRoutes` may select by them. Namespaces need not be declared. */
export type NamespaceSpec = Record<string, unknown>;

/** Core v1 Namespace, as Kubernetes has it. */
export const NAMESPACE = defineKind<NamespaceSpec>({
  group: '',
  versions: ['v1'],
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  scope: 'Cluster',
  name: label,
  spec: z.record(z.string(), z.unknown()),
});
