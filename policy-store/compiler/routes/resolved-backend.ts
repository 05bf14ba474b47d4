import type { ValidBackend } from '../../../snapshot/route.ts';
import type { BackendObject } from '../../resources/kinds/backend-ref.ts';

/** Why a reference can not be used (Gateway API RouteConditionReason, which has no word for filters). */
export interface BackendProblem {
  readonly reason: 'InvalidKind' | 'RefNotPermitted' | 'BackendNotFound' | 'FilterNotFound';
  readonly message: string;
}

/** A Service and one of its ports, found. */
export type ResolvedBackend = Omit<ValidBackend, 'weight' | 'filters'>;

/** Finds what a reference means, or why it means nothing. */
export type ResolveBackend = (ref: BackendObject) => ResolvedBackend | { readonly invalid: string };
