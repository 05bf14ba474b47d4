import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { problem } from '../schema/check.ts';
import { choice, fields } from '../schema/fields.ts';
import { labels, referenceName } from '../schema/text.ts';

/** `*` stands at the start, at the end, or alone. Elsewhere Istio reads it as itself, which no one means. */
const starMisplaced = (text: string): boolean => text.length > 1 && text.slice(1, -1).includes('*');
const twoStars = (text: string): boolean => text.length > 1 && text.startsWith('*') && text.endsWith('*');

const text = z.string().min(1).max(2048);

const NO_SUCH_PATTERN = {
  message: 'is a pattern that is not known: exact text, "abc*", "*abc", or "*" for anything that is present',
};

const isPattern = (pattern: string): boolean => !starMisplaced(pattern) && !twoStars(pattern);

const pattern = text.refine(isPattern, NO_SUCH_PATTERN);

const pathPattern = text
  .refine((path) => !path.includes('{'), {
    message: 'has a path template, which is not supported yet: use "/prefix/*" or exact paths',
    params: { code: 'not-supported-yet' },
  })
  .refine((path) => !/[?#]/.test(path), { message: 'must be a path alone: policies do not see query and fragment' })
  .refine((path) => path.includes('{') || isPattern(path), NO_SUCH_PATTERN);

const patterns = z.array(pattern).min(1).max(512).exactOptional();
const pathPatterns = z.array(pathPattern).min(1).max(512).exactOptional();

const USE_PRINCIPALS = 'use source.principals or source.namespaces';
const USE_PATHS = 'use operation.methods and operation.paths, and target the Service with targetRefs';

const source = fields(
  { principals: patterns, notPrincipals: patterns, namespaces: patterns, notNamespaces: patterns },
  {
    requestPrincipals: USE_PRINCIPALS,
    notRequestPrincipals: USE_PRINCIPALS,
    serviceAccounts: USE_PRINCIPALS,
    notServiceAccounts: USE_PRINCIPALS,
    ipBlocks: USE_PRINCIPALS,
    notIpBlocks: USE_PRINCIPALS,
    remoteIpBlocks: USE_PRINCIPALS,
    notRemoteIpBlocks: USE_PRINCIPALS,
    trustDomains: USE_PRINCIPALS,
    notTrustDomains: USE_PRINCIPALS,
  },
);

const operation = fields(
  { methods: patterns, notMethods: patterns, paths: pathPatterns, notPaths: pathPatterns },
  { hosts: USE_PATHS, notHosts: USE_PATHS, ports: USE_PATHS, notPorts: USE_PATHS },
);

/** An empty source or operation would hold for everyone: nobody writes that on purpose, indentation does. */
const filled = <T extends object>(ctx: z.core.ParsePayload<T>): void => {
  if (Object.keys(ctx.value).length === 0) problem(ctx, [], 'is empty: say what it should match, or remove the entry');
};

const rule = fields(
  {
    from: z
      .array(fields({ source: source.check(filled) }))
      .min(1)
      .max(512)
      .exactOptional(),
    to: z
      .array(fields({ operation: operation.check(filled) }))
      .min(1)
      .max(512)
      .exactOptional(),
  },
  { when: 'use from and to' },
);

const targetRef = fields({
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

const ONLY_ALLOW_DENY = 'use ALLOW or DENY';

const spec = fields(
  {
    selector: fields({ matchLabels: labels.exactOptional() }).exactOptional(),
    targetRef: targetRef.exactOptional(),
    targetRefs: z.array(targetRef).min(1).max(16).exactOptional(),
    action: choice(['ALLOW', 'DENY'], { AUDIT: ONLY_ALLOW_DENY, CUSTOM: ONLY_ALLOW_DENY }).exactOptional(),
    rules: z.array(rule).max(512).exactOptional(),
  },
  {
    provider: 'external authorizers have no place in this mesh yet',
    mode: 'try it with "gossamer apply --dry-run" and "gossamer explain" first',
    via: USE_PRINCIPALS,
    authn: 'every caller proves its identity with strength "proof"',
  },
).check((ctx) => {
  const { selector, targetRef: one, targetRefs } = ctx.value;
  if ([selector, one, targetRefs].filter((way) => way !== undefined).length > 1) {
    problem(ctx, [], 'may have one of selector, targetRef and targetRefs, not several');
  }
});

export type AuthorizationPolicySpec = z.infer<typeof spec>;
export type PolicyTargetRef = z.infer<typeof targetRef>;

const words = {
  kind: 'AuthorizationPolicy',
  plural: 'authorizationpolicies',
  shortNames: ['ap', 'authz'],
  spec,
} as const;

/** Who may do what, in Istio's grammar. */
export const ISTIO_AUTHORIZATION_POLICY = defineKind<AuthorizationPolicySpec>({
  ...words,
  group: 'security.istio.io',
  versions: ['v1', 'v1beta1'],
});

/** The same under our own group. */
export const AUTHORIZATION_POLICY = defineKind<AuthorizationPolicySpec>({
  ...words,
  group: 'gossamer.mesh',
  versions: ['v1'],
});
