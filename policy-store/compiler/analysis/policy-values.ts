import type { AnalysedMesh } from './analysed-mesh.ts';
import type { AnalysedPolicy } from './analysed-policy.ts';

/** One value that a policy's author wrote, and where. */
export interface PolicyValue {
  readonly policy: AnalysedPolicy;
  /** `spec.rules[0].from[0].source.principals[1]`. */
  readonly path: string;
  readonly value: string;
  /** Whether it is one that is excluded. */
  readonly excluded: boolean;
}

type Lists = Readonly<Record<string, readonly string[] | undefined>>;

/**
 * Every value of one attribute, wherever the grammar lets it be written.
 * @param member of a source or operation: `principals` (and `notPrincipals`)
 * @param key of a condition: `source.principal`
 */
export function* valuesOf(mesh: AnalysedMesh, member: string, key: string): Iterable<PolicyValue> {
  const negative = `not${member.charAt(0).toUpperCase()}${member.slice(1)}`;
  for (const policy of mesh.policies) {
    const rules = policy.resource.spec.rules ?? [];
    for (const [r, { from = [], to = [], when = [] }] of rules.entries()) {
      const parts: [string, Lists][] = [
        ...from.map(({ source }, i): [string, Lists] => [`from[${i}].source`, source as Lists]),
        ...to.map(({ operation }, i): [string, Lists] => [`to[${i}].operation`, operation as Lists]),
      ];
      for (const [at, lists] of parts) {
        yield* listed(policy, `spec.rules[${r}].${at}.${member}`, lists[member], false);
        yield* listed(policy, `spec.rules[${r}].${at}.${negative}`, lists[negative], true);
      }
      for (const [w, condition] of when.entries()) {
        if (condition.key !== key) continue;
        yield* listed(policy, `spec.rules[${r}].when[${w}].values`, condition.values, false);
        yield* listed(policy, `spec.rules[${r}].when[${w}].notValues`, condition.notValues, true);
      }
    }
  }
}

function* listed(
  policy: AnalysedPolicy,
  path: string,
  values: readonly string[] | undefined,
  excluded: boolean,
): Iterable<PolicyValue> {
  for (const [i, value] of (values ?? []).entries()) yield { policy, path: `${path}[${i}]`, value, excluded };
}

const LONGEST = 80;

/** A value as a message shows it. */
export const shown = (value: string): string =>
  JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}...` : value);
