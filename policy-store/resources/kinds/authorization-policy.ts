import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { accounts, blocks, pathPatterns, patterns, ports, strengths } from '../schema/call-patterns.ts';
import { problem } from '../schema/check.ts';
import { choice, fields } from '../schema/fields.ts';
import { labels, referenceName } from '../schema/text.ts';
import { istioWhen, when } from './authorization-condition.ts';

const istioSourceFields = {
  principals: patterns,
  notPrincipals: patterns,
  namespaces: patterns,
  notNamespaces: patterns,
  serviceAccounts: accounts,
  notServiceAccounts: accounts,
  trustDomains: patterns,
  notTrustDomains: patterns,
  ipBlocks: blocks,
  notIpBlocks: blocks,
  remoteIpBlocks: blocks,
  notRemoteIpBlocks: blocks,
  requestPrincipals: patterns,
  notRequestPrincipals: patterns,
};

const OUR_GROUP = 'Istio has no such member: write apiVersion gossamer.mesh/v1';

const istioSource = fields(istioSourceFields, {
  via: OUR_GROUP,
  notVia: OUR_GROUP,
  authn: OUR_GROUP,
  notAuthn: OUR_GROUP,
});

/** Earlier callers can be demanded, never be proven absent: a caller that leaves them out passes every `notVia`. */
const source = fields({ ...istioSourceFields, via: patterns, notVia: patterns, authn: strengths, notAuthn: strengths });

const operation = fields({
  hosts: patterns,
  notHosts: patterns,
  ports,
  notPorts: ports,
  methods: patterns,
  notMethods: patterns,
  paths: pathPatterns,
  notPaths: pathPatterns,
});

/** An empty source or operation would hold for everyone: nobody writes that on purpose, indentation does. */
const filled = <T extends object>(ctx: z.core.ParsePayload<T>): void => {
  if (Object.keys(ctx.value).length === 0) problem(ctx, [], 'is empty: say what it should match, or remove the entry');
};

const ruleOf = <S extends z.ZodType<object>, W extends z.ZodType>(from: S, condition: W) =>
  fields({
    from: z
      .array(fields({ source: from.check(filled) }))
      .min(1)
      .max(512)
      .exactOptional(),
    to: z
      .array(fields({ operation: operation.check(filled) }))
      .min(1)
      .max(512)
      .exactOptional(),
    when: z.array(condition).min(1).max(512).exactOptional(),
  });

/** What a policy of Istio's may be bound to. */
export const targetRef = fields({
  group: choice(['', 'core', 'gossamer.mesh', 'gateway.networking.k8s.io']).exactOptional(),
  kind: choice(['Service', 'Gateway'], { GatewayClass: 'target each Gateway', ServiceEntry: 'target a Service' }),
  name: referenceName,
  namespace: referenceName.exactOptional(),
}).check((ctx) => {
  const { kind, group } = ctx.value;
  if (group !== undefined && (kind === 'Gateway') !== (group === 'gateway.networking.k8s.io')) {
    problem(ctx, ['group'], `is not the group of ${kind}`);
  }
});

const NO_AUDIT = 'every call is in the access log anyway; use ALLOW or DENY';
const NO_CUSTOM = 'no external authorizer is asked; write what it decides as ALLOW or DENY';

const fieldsWith = <R extends z.ZodType>(rule: R) => ({
  selector: fields({ matchLabels: labels.exactOptional() }).exactOptional(),
  targetRef: targetRef.exactOptional(),
  targetRefs: z.array(targetRef).min(1).max(16).exactOptional(),
  action: choice(['ALLOW', 'DENY'], { AUDIT: NO_AUDIT, CUSTOM: NO_CUSTOM }).exactOptional(),
  rules: z.array(rule).max(512).exactOptional(),
});

const later = {
  provider: NO_CUSTOM,
  via: 'earlier callers are a part of a source: rules[].from[].source.via',
  authn: 'it is a part of a source: rules[].from[].source.authn; what a Service demands at least is its spec.authn',
};

interface Targets {
  readonly selector?: object;
  readonly targetRef?: object;
  readonly targetRefs?: readonly object[];
}

const oneTarget = (ctx: z.core.ParsePayload<Targets>): void => {
  const { selector, targetRef: one, targetRefs } = ctx.value;
  if ([selector, one, targetRefs].filter((way) => way !== undefined).length > 1) {
    problem(ctx, [], 'may have one of selector, targetRef and targetRefs, not several');
  }
};

const istioSpec = fields(fieldsWith(ruleOf(istioSource, istioWhen)), {
  ...later,
  mode: 'write apiVersion gossamer.mesh/v1, or the annotation istio.io/dry-run: "true"',
}).check(oneTarget);

const spec = fields(
  { ...fieldsWith(ruleOf(source, when)), mode: choice(['enforce', 'shadow']).exactOptional() },
  later,
).check(oneTarget);

export type AuthorizationPolicySpec = z.infer<typeof spec>;
export type PolicyTargetRef = z.infer<typeof targetRef>;

const words = {
  kind: 'AuthorizationPolicy',
  plural: 'authorizationpolicies',
  shortNames: ['ap', 'authz'],
} as const;

/** Who may do what, in Istio's grammar. */
export const ISTIO_AUTHORIZATION_POLICY = defineKind<AuthorizationPolicySpec>({
  ...words,
  spec: istioSpec,
  group: 'security.istio.io',
  versions: ['v1', 'v1beta1'],
});

/** The same under our own group, and what Istio lacks. */
export const AUTHORIZATION_POLICY = defineKind<AuthorizationPolicySpec>({
  ...words,
  spec,
  group: 'gossamer.mesh',
  versions: ['v1'],
});
