import type { CallFacts } from '../authorization/call-facts.ts';
import type { Alternatives, CompiledAuthorizationRule, Condition } from '../authorization/compile.ts';

/** What is left of a rule once everything that is known of a call has been judged. */
export type Residual = readonly Alternatives[];

/**
 * Judges the conditions that can be judged and keeps the others.
 * @param known whether a condition looks only at what is known of the call
 * @returns undefined: the rule can not match; no parts left: it matches
 */
export function residualOf(
  rule: CompiledAuthorizationRule,
  call: CallFacts,
  known: (condition: Condition) => boolean,
): Residual | undefined {
  const left: Alternatives[] = [];
  for (const part of rule) {
    const alternatives = part
      .filter((conditions) => conditions.every((condition) => !known(condition) || condition.holds(call)))
      .map((conditions) => conditions.filter((condition) => !known(condition)));
    if (alternatives.length === 0) return undefined;
    if (alternatives.every((conditions) => conditions.length > 0)) left.push(alternatives);
  }
  return left;
}

/** Conditions of one alternative in words: `methods GET|HEAD, paths /a*`. */
export const alternativeText = (conditions: readonly Condition[]): string => conditions.map(conditionText).join(', ');

function conditionText({ field, values, notValues = [] }: Condition): string {
  const name = field.replace(/^when /, '');
  if (name === field) return `${field} ${values.join('|')}`;
  const [is, not] = [values, notValues].map((list) => list.join('|'));
  return [is && `${name} is ${is}`, not && `${name} is not ${not}`].filter(Boolean).join(' and ');
}

/** `notPrincipals` looks at what `principals` looks at. */
const plainName = (field: string): string =>
  field.startsWith('when ') ? field : field.replace(/^not(?=[A-Z])/, '').toLowerCase();

const IDENTITY: ReadonlySet<string> = new Set([
  'principals',
  'namespaces',
  'serviceaccounts',
  'trustdomains',
  'when source.principal',
  'when source.namespace',
  'when source.serviceAccount',
  'when source.trustDomain',
]);
const OPERATION: ReadonlySet<string> = new Set(['hosts', 'ports', 'methods', 'paths', 'when destination.port']);

/** A condition on the proven identity of the caller. */
export const ofIdentity = ({ field }: Condition): boolean => IDENTITY.has(plainName(field));

const CALLER: ReadonlySet<string> = new Set(['via', 'authn', 'when source.via', 'when source.authn']);

/** A condition on the caller, also on what it can choose: how it proves itself, which callers before it it names. */
export const ofCaller = (condition: Condition): boolean =>
  ofIdentity(condition) || CALLER.has(plainName(condition.field));

/** A condition on what is called. */
export const ofOperation = ({ field }: Condition): boolean => OPERATION.has(plainName(field));
