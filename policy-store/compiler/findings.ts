import type { Condition, Diagnostic, Resource } from '../resources/resource.ts';
import { resourceKey, resourceTitle } from '../resources/resource-key.ts';

/** Types of condition that every document gets, as the Gateway API names them. */
type ConditionType = 'Accepted' | 'ResolvedRefs' | 'Programmed';

interface Verdict {
  readonly reason: string;
  readonly message: string;
}

/** What the compiler has to say about documents: conditions on each, and diagnostics for who applied them. */
export class Findings {
  readonly diagnostics: Diagnostic[] = [];
  readonly #failed = new Map<string, Map<ConditionType, Verdict[]>>();

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

  /** Conditions of a document: the first reason, and all messages. */
  conditionsOf(resource: Resource): Condition[] {
    const failed = this.#failed.get(resourceKey(resource));
    const generation = resource.metadata.generation;
    return (['Accepted', 'ResolvedRefs', 'Programmed'] as const).map((type) => {
      const verdicts = failed?.get(type) ?? [];
      const [first] = verdicts;
      return {
        type,
        status: first === undefined ? 'True' : 'False',
        reason: first?.reason ?? type,
        message: [...new Set(verdicts.map((verdict) => verdict.message))].slice(0, 8).join('; '),
        ...(generation !== undefined && { observedGeneration: generation }),
      };
    });
  }
}
