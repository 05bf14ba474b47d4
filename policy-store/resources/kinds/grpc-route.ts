import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { problem } from '../schema/check.ts';
import { choice, fields } from '../schema/fields.ts';
import { noneBeforeBackends, onceEach, settingsFit } from '../schema/filter-list.ts';
import { hostname, sectionName } from '../schema/text.ts';
import { regexProblem, valueMatch } from '../schema/value-match.ts';
import { backendFields, weight } from './backend-ref.ts';
import { extensionRef } from './extension-ref.ts';
import { headerModifier } from './header-modifier.ts';
import { parentRef } from './parent-ref.ts';
import { requestMirror } from './request-mirror.ts';
import { rulesFit } from './route-rules.ts';
import { sessionPersistence } from './session-persistence.ts';

const EXACT = {
  service: /^\.?[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)*$/,
  method: /^[A-Za-z_][A-Za-z_0-9]*$/,
} as const;

const method = fields({
  type: choice(['Exact', 'RegularExpression']).exactOptional(),
  service: z.string().max(1024).exactOptional(),
  method: z.string().max(1024).exactOptional(),
}).check((ctx) => {
  const { type = 'Exact' } = ctx.value;
  if (!ctx.value.service && !ctx.value.method) problem(ctx, [], 'must have service, method or both');
  for (const field of ['service', 'method'] as const) {
    const value = ctx.value[field] ?? '';
    if (value === '') continue;
    if (type === 'RegularExpression') {
      const message = value.startsWith('(?i)') ? 'ignores case, which gRPC names do not' : regexProblem(value);
      if (message !== undefined) problem(ctx, [field], message, 'regex-refused');
    } else if (!EXACT[field].test(value)) {
      problem(ctx, [field], `is no name of a gRPC ${field}: letters, digits, "_"${field === 'service' ? ', "."' : ''}`);
    }
  }
});

const match = fields({ method: method.exactOptional(), headers: z.array(valueMatch).max(16).exactOptional() });

const FIELD_OF = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  ExtensionRef: 'extensionRef',
} as const;

const filters = z
  .array(
    fields({
      type: choice(['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestMirror', 'ExtensionRef']),
      requestHeaderModifier: headerModifier.exactOptional(),
      responseHeaderModifier: headerModifier.exactOptional(),
      requestMirror: requestMirror.exactOptional(),
      extensionRef: extensionRef.exactOptional(),
    }).check((ctx) => settingsFit(ctx, FIELD_OF)),
  )
  .max(16)
  .check(onceEach);

const rule = fields({
  name: sectionName.exactOptional(),
  matches: z.array(match).max(64).exactOptional(),
  filters: filters.exactOptional(),
  backendRefs: z
    .array(fields({ ...backendFields, weight, filters: filters.check(noneBeforeBackends).exactOptional() }))
    .max(16)
    .exactOptional(),
  sessionPersistence: sessionPersistence.exactOptional(),
});

const spec = fields(
  {
    parentRefs: z.array(parentRef).max(32).exactOptional(),
    hostnames: z.array(hostname).max(16).exactOptional(),
    rules: z.array(rule).max(16).exactOptional(),
  },
  { useDefaultGateways: 'name the Gateway in parentRefs' },
).check((ctx) => rulesFit(ctx, ctx.value.rules ?? []));

export type GrpcRouteSpec = z.infer<typeof spec>;
export type GrpcRouteRule = z.infer<typeof rule>;
export type GrpcRouteMatch = z.infer<typeof match>;

/** Where gRPC calls go, by service and method (Gateway API). */
export const GRPC_ROUTE = defineKind<GrpcRouteSpec>({
  group: 'gateway.networking.k8s.io',
  versions: ['v1', 'v1alpha2'],
  kind: 'GRPCRoute',
  plural: 'grpcroutes',
  shortNames: ['gr'],
  spec,
});
