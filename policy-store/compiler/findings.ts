import type { Condition, Diagnostic, Resource, Status } from '../resources/resource.ts';
import { resourceKey, resourceTitle } from '../resources/resource-key.ts';

/** Types of condition that every document gets, as the Gateway API names them. */
type ConditionType = 'Accepted' | 'ResolvedRefs' | 'Programmed';

/** Why a condition is what it is. */
export interface Verdict {
  readonly reason: string;
  readonly message: string;
}

const TYPES = ['Accepted', 'ResolvedRefs', 'Programmed'] as const;

/** The three conditions; those that did not fail hold. */
export function conditionsFrom(
  failed: { readonly [type in ConditionType]?: Verdict | undefined },
  generation: number | undefined,
): Condition[] {
  return TYPES.map((type) => ({
    type,
    status: failed[type] === undefined ? 'True' : 'False',
    reason: failed[type]?.reason ?? type,
    message: failed[type]?.message ?? '',
    ...(generation !== undefined && { observedGeneration: generation }),
  }));
}

/** What the compiler has to say about documents: conditions on each, and diagnostics for who applied them. */
export class Findings {
  readonly diagnostics: Diagnostic[] = [];
  readonly #failed = new Map<string, Map<ConditionType, Verdict[]>>();
  readonly #noted = new Map<string, Map<ConditionType, Verdict>>();
  readonly #statuses = new Map<string, Omit<Status, 'conditions'>>();

  /** The document cannot be taken like this: the whole apply is refused. */
  error(resource: Resource, path: string, code: string, message: string): void {
    this.#report('error', resource, path, code, message);
  }

  /** The document is taken, but hardly means what its author thinks. */
  warn(resource: Resource, path: string, code: string, message: string): void {
    this.#report('warning', resource, path, code, message);
  }

  #report(severity: Diagnostic['severity'], resource: Resource, path: string, code: string, message: string): void {
    this.diagnostics.push({ severity, code, message: `${path} ${message}`, path, resource: resourceTitle(resource) });
  }

  /** A condition that does not hold. Without any, all of a document's conditions hold. */
  fail(resource: Resource, type: ConditionType, reason: string, message: string): void {
    const key = resourceKey(resource);
    const types = this.#failed.get(key) ?? new Map<ConditionType, Verdict[]>();
    types.set(type, [...(types.get(type) ?? []), { reason, message }]);
    this.#failed.set(key, types);
  }

  /** The document is not in force at all. */
  reject(resource: Resource, reason: string, message: string): void {
    this.fail(resource, 'Accepted', reason, message);
    this.fail(resource, 'Programmed', 'Invalid', 'not accepted');
  }

  /** A condition that holds, but not without reservation. */
  note(resource: Resource, type: ConditionType, reason: string, message: string): void {
    const key = resourceKey(resource);
    this.#noted.set(key, new Map([...(this.#noted.get(key) ?? []), [type, { reason, message }]]));
  }

  /** What there is to say of a document's parts. */
  addStatus(resource: Resource, status: Omit<Status, 'conditions'>): void {
    const key = resourceKey(resource);
    this.#statuses.set(key, { ...this.#statuses.get(key), ...status });
  }

  statusOf(resource: Resource): Status {
    return { conditions: this.conditionsOf(resource), ...this.#statuses.get(resourceKey(resource)) };
  }

  /** Conditions of a document: the first reason, and all messages. */
  conditionsOf(resource: Resource): Condition[] {
    const key = resourceKey(resource);
    const failed = Object.fromEntries(TYPES.map((type) => [type, summary(this.#failed.get(key)?.get(type) ?? [])]));
    const noted = this.#noted.get(key);
    return conditionsFrom(failed, resource.metadata.generation).map((condition) => ({
      ...condition,
      ...(condition.status === 'True' && noted?.get(condition.type as ConditionType)),
    }));
  }
}

function summary(verdicts: readonly Verdict[]): Verdict | undefined {
  const [first] = verdicts;
  if (first === undefined) return undefined;
  const messages = [...new Set(verdicts.map((verdict) => verdict.message))];
  return { reason: first.reason, message: messages.slice(0, 8).join('; ') };
}
