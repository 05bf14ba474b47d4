import type { AuthorizationPolicySpec } from '../kinds/authorization-policy.ts';
import type { ReferenceGrantSpec } from '../kinds/reference-grant.ts';
import type { Resource } from '../resource.ts';
import { type Fields, onlyKnown } from './known-fields.ts';
import { localTarget } from './local-target.ts';
import { marked } from './mesh-document.ts';
import type { GrantInput } from './mesh-input.ts';
import { listOf, type Names } from './names.ts';
import type { CallerInput, FromInput, PolicyInput } from './policy-input.ts';

type AnyPolicy = PolicyInput<string, string>;
type PolicyRule = NonNullable<AuthorizationPolicySpec['rules']>[number];
type Source = NonNullable<PolicyRule['from']>[number]['source'];
type Operation = NonNullable<PolicyRule['to']>[number]['operation'];

const POLICY: Fields<AnyPolicy> = {
  labels: true,
  annotations: true,
  allow: true,
  deny: true,
  to: true,
  via: true,
  authn: true,
  methods: true,
  paths: true,
  notMethods: true,
  notPaths: true,
};
const OPERATION = ['methods', 'paths', 'notMethods', 'notPaths'] as const;
const GRANT: Fields<GrantInput<string>> = { routesOf: true, to: true };
const GATEWAY_API = 'gateway.networking.k8s.io' as const;

/** AuthorizationPolicy with one rule. */
export function policyDocument(key: string, policy: AnyPolicy, names: Names): Resource<AuthorizationPolicySpec> {
  const where = `policies.${key}`;
  onlyKnown(where, policy, POLICY);
  const { allow, deny, to } = policy;
  const from = allow ?? deny;
  // Neither would be a policy that holds for nobody, both one whose meaning is anyone's guess.
  if (from === undefined || (allow !== undefined && deny !== undefined)) {
    throw new TypeError(`${where} must have one of allow and deny`);
  }
  const narrowed = chainOf(policy, where, names);
  const callers = sourcesOf(from, `${where}.${allow === undefined ? 'deny' : 'allow'}`, names);
  const ours = Object.keys(narrowed).length > 0;
  const sources = ours && callers.length === 0 ? [narrowed] : callers.map((caller) => ({ ...caller, ...narrowed }));
  const operation = operationOf(policy);
  const targets = to === '*' ? [] : listOf<string>(to);
  if (to !== '*' && targets.length === 0) throw new TypeError(`${where}.to is empty: name a service, or "*" for all`);
  const place = names.place(key);
  return {
    apiVersion: ours ? 'gossamer.mesh/v1' : 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { ...place, ...marked(policy) },
    spec: {
      ...(targets.length > 0 && {
        targetRefs: targets.map((name) => localTarget(name, place.namespace, `${where}.to`, names)),
      }),
      action: allow === undefined ? 'DENY' : 'ALLOW',
      rules: [
        {
          ...(sources.length > 0 && { from: sources.map((source) => ({ source })) }),
          ...(Object.keys(operation).length > 0 && { to: [{ operation }] }),
        },
      ],
    },
  };
}

/** What Istio has no word for. */
function chainOf({ via, authn }: AnyPolicy, where: string, names: Names): Pick<Source, 'via' | 'authn'> {
  const earlier = listOf<string>(via).map((name) => names.principalOf(name, `${where}.via`));
  return { ...(earlier.length > 0 && { via: earlier }), ...(authn !== undefined && { authn: [...authn] }) };
}

/** Principals are one source and namespaces another: either is enough. Empty: anyone. */
function sourcesOf(from: FromInput<string>, where: string, names: Names): Source[] {
  if (typeof from === 'object' && 'anyone' in from) {
    onlyKnown(where, from, { anyone: true });
    if (from.anyone === true) return [];
  }
  const callers = listOf(from as CallerInput<string> | readonly CallerInput<string>[]);
  if (callers.length === 0) throw new TypeError(`${where} is empty: name a caller, or write { anyone: true }`);
  const principals = new Set<string>();
  const namespaces = new Set<string>();
  for (const caller of callers) {
    if (caller === '*') principals.add('*');
    else if (typeof caller === 'string') principals.add(names.principalOf(caller, where));
    else if ('principal' in caller) principals.add(caller.principal);
    else if ('namespace' in caller) namespaces.add(caller.namespace);
    else throw new TypeError(`${where} must be a name, "*", { principal } or { namespace }`);
  }
  return [
    ...(principals.size > 0 ? [{ principals: [...principals] }] : []),
    ...(namespaces.size > 0 ? [{ namespaces: [...namespaces] }] : []),
  ];
}

const operationOf = (policy: AnyPolicy): Operation =>
  Object.fromEntries(OPERATION.flatMap((name) => (policy[name] === undefined ? [] : [[name, [...policy[name]]]])));

/** ReferenceGrant for the HTTPRoutes of one namespace. */
export function grantDocument(key: string, grant: GrantInput<string>, names: Names): Resource<ReferenceGrantSpec> {
  const where = `grants.${key}`;
  onlyKnown(where, grant, GRANT);
  const services = listOf<string>(grant.to).map((name) => names.service(name, `${where}.to`));
  const [first] = services;
  if (first === undefined || services.some(({ namespace }) => namespace !== first.namespace)) {
    throw new TypeError(
      `${where}.to must name services of one namespace: a grant is given by the namespace of what it opens`,
    );
  }
  const [name = key] = key.split('/').slice(-1);
  return {
    apiVersion: `${GATEWAY_API}/v1`,
    kind: 'ReferenceGrant',
    metadata: { name, namespace: first.namespace },
    spec: {
      from: [{ group: GATEWAY_API, kind: 'HTTPRoute', namespace: grant.routesOf }],
      to: services.map((service) => ({ group: '', kind: 'Service', name: service.name })),
    },
  };
}
