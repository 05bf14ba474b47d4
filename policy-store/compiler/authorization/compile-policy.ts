import type { MeshSettings } from '../../../snapshot/manifest.ts';
import type { AuthorizationPolicy, AuthorizationRule, Operation, Source, When } from '../../../snapshot/policy.ts';
import type { AuthorizationPolicySpec } from '../../resources/kinds/authorization-policy.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Findings } from '../findings.ts';
import { canonicalPathText } from './path-text.ts';
import { namesNoTrustDomain, normalPrincipals, normalTrustDomains } from './principals.ts';

/** A policy in the form that routers evaluate. */
export function compilePolicy(
  policy: Resource<AuthorizationPolicySpec>,
  mesh: MeshSettings,
  findings: Findings,
): AuthorizationPolicy {
  const { namespace, name } = policy.metadata;
  const { action = 'ALLOW', rules = [] } = policy.spec;
  const context = { trustDomain: mesh.trustDomain, namespace };
  warnOfForeigners(policy, findings);
  return { namespace, name, action, ...modeOf(policy), rules: rules.map((rule) => compileRule(rule, context)) };
}

/** Stands for a policy whose document can not be read: an ALLOW that allows nothing, a DENY that denies everything. */
export function unreadablePolicy({ metadata, spec }: Resource, why: string): AuthorizationPolicy {
  const action = (spec as { action?: unknown } | null)?.action === 'DENY' ? 'DENY' : 'ALLOW';
  const { namespace, name } = metadata;
  return { namespace, name, action, ...modeOf({ metadata, spec }), rules: [], invalid: why };
}

/** Istio's own word for it is an annotation. */
function modeOf({ metadata, spec }: Pick<Resource, 'metadata' | 'spec'>): Pick<AuthorizationPolicy, 'mode'> {
  const mode = (spec as { mode?: unknown } | null)?.mode;
  const inShadow = mode === undefined ? metadata.annotations?.['istio.io/dry-run'] === 'true' : mode === 'shadow';
  return inShadow ? { mode: 'shadow' } : {};
}

type RuleSpec = NonNullable<AuthorizationPolicySpec['rules']>[number];

interface Context {
  readonly trustDomain: string;
  /** Of the policy: accounts without a namespace are its own. */
  readonly namespace: string;
}

const compileRule = ({ from, to, when }: RuleSpec, context: Context): AuthorizationRule => ({
  ...(from !== undefined && { from: from.map(({ source }) => spelled<Source>(source, context)) }),
  ...(to !== undefined && { to: to.map(({ operation }) => spelled<Operation>(operation, context)) }),
  ...(when !== undefined && { when: when.map((condition) => compileWhen(condition, context)) }),
});

type Spelling = (values: readonly string[], context: Context) => readonly string[];

const principals: Spelling = (values, { trustDomain }) => normalPrincipals(values, trustDomain);
const trustDomains: Spelling = (values, { trustDomain }) => normalTrustDomains(values, trustDomain);
const accounts: Spelling = (values, { namespace }) =>
  values.map((name) => (name.includes('/') ? name : `${namespace}/${name}`));

/** What routers compare in another form than people write it. */
const SPELLINGS: ReadonlyMap<string, Spelling> = new Map([
  ['principals', principals],
  ['source.principal', principals],
  ['via', principals],
  ['source.via', principals],
  ['trustDomains', trustDomains],
  ['source.trustDomain', trustDomains],
  ['serviceAccounts', accounts],
  ['source.serviceAccount', accounts],
  ['hosts', (values: readonly string[]) => values.map((host) => host.toLowerCase())],
  // The router refuses methods in lower case: a policy that spells them so means the real ones.
  ['methods', (values: readonly string[]) => values.map((method) => method.toUpperCase())],
  ['paths', (values: readonly string[]) => values.map(canonicalPathText)],
]);

/** `principals` of `notPrincipals`. */
const withoutNot = (field: string): string => field.replace(/^not([A-Z])/, (_, first: string) => first.toLowerCase());

/** Source and Operation are the same in documents and in chunks, but for the spelling of values. */
function spelled<T extends Source | Operation>(fields: T, context: Context): T {
  const entries = Object.entries(fields as Readonly<Record<string, readonly string[]>>).map(
    ([field, values]) => [field, SPELLINGS.get(withoutNot(field))?.(values, context) ?? values] as const,
  );
  return { ...fields, ...Object.fromEntries(entries) };
}

function compileWhen({ key, values, notValues }: NonNullable<RuleSpec['when']>[number], context: Context): When {
  const spell = SPELLINGS.get(key) ?? ((list: readonly string[]) => list);
  return {
    key: key.startsWith('request.headers[') ? key.toLowerCase() : key,
    ...(values !== undefined && { values: spell(values, context) }),
    ...(notValues !== undefined && { notValues: spell(notValues, context) }),
  };
}

function warnOfForeigners(policy: Resource<AuthorizationPolicySpec>, findings: Findings): void {
  const warn = (path: string, patterns: readonly string[] = []): void => {
    for (const _ of patterns.filter(namesNoTrustDomain)) {
      const message = 'has a pattern that names no trust domain: callers of every trusted domain match it';
      findings.warn(policy, path, 'principal-without-trust-domain', message);
    }
  };
  policy.spec.rules?.forEach(({ from = [], when = [] }, r) => {
    from.forEach(({ source }, s) => {
      warn(`spec.rules[${r}].from[${s}].source.principals`, source.principals);
      if ('via' in source) warn(`spec.rules[${r}].from[${s}].source.via`, source.via);
    });
    when.forEach(({ key, values }, w) => {
      if (key === 'source.principal' || key === 'source.via') warn(`spec.rules[${r}].when[${w}].values`, values);
    });
  });
}
