import * as z from 'zod';
import { problem } from '../schema/check.ts';
import { choice, fields } from '../schema/fields.ts';
import { noneBeforeBackends, onceEach, settingsFit } from '../schema/filter-list.ts';
import { prefixReplacement, routePath } from '../schema/route-path.ts';
import { portNumber, preciseHostname } from '../schema/text.ts';
import { cors } from './cors.ts';
import { extensionRef } from './extension-ref.ts';
import { headerModifier } from './header-modifier.ts';
import { requestMirror } from './request-mirror.ts';

const pathModifier = fields({
  type: choice(['ReplaceFullPath', 'ReplacePrefixMatch']),
  replaceFullPath: routePath.exactOptional(),
  replacePrefixMatch: prefixReplacement.exactOptional(),
}).check((ctx) => {
  const { type, replaceFullPath: full, replacePrefixMatch: prefix } = ctx.value;
  const [own, other] = type === 'ReplaceFullPath' ? [full, prefix] : [prefix, full];
  const field = type === 'ReplaceFullPath' ? 'replaceFullPath' : 'replacePrefixMatch';
  if (own === undefined || other !== undefined) problem(ctx, [], `must have ${field}, and only it, with type ${type}`);
});

const urlRewrite = fields({ hostname: preciseHostname.exactOptional(), path: pathModifier.exactOptional() });

const requestRedirect = fields({
  scheme: choice(['http', 'https']).exactOptional(),
  hostname: preciseHostname.exactOptional(),
  port: portNumber.exactOptional(),
  path: pathModifier.exactOptional(),
  statusCode: z
    .union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)], {
      error: 'must be 301, 302, 303, 307 or 308',
    })
    .exactOptional(),
});

/** Filter type -> the field that carries its settings. */
const FIELD_OF = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  URLRewrite: 'urlRewrite',
  RequestRedirect: 'requestRedirect',
  CORS: 'cors',
  ExtensionRef: 'extensionRef',
} as const;

const NO_EXTERNAL_AUTH = 'use an AuthorizationPolicy';

const filter = fields(
  {
    type: choice(
      [
        ...['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestMirror', 'URLRewrite'],
        ...['RequestRedirect', 'CORS', 'ExtensionRef'],
      ] as (keyof typeof FIELD_OF)[],
      { ExternalAuth: NO_EXTERNAL_AUTH },
    ),
    requestHeaderModifier: headerModifier.exactOptional(),
    responseHeaderModifier: headerModifier.exactOptional(),
    requestMirror: requestMirror.exactOptional(),
    urlRewrite: urlRewrite.exactOptional(),
    requestRedirect: requestRedirect.exactOptional(),
    cors: cors.exactOptional(),
    extensionRef: extensionRef.exactOptional(),
  },
  { externalAuth: NO_EXTERNAL_AUTH },
).check((ctx) => settingsFit(ctx, FIELD_OF));

/** Filters of a rule (Gateway API HTTPRouteFilter). */
export const filters = z
  .array(filter)
  .max(16)
  .check((ctx) => {
    onceEach(ctx);
    const types = ctx.value.map((entry) => entry.type);
    if (types.includes('URLRewrite') && types.includes('RequestRedirect')) {
      problem(ctx, [], 'has URLRewrite and RequestRedirect, which exclude each other');
    }
  });

/** Filters of one backendRef. */
export const backendFilters = filters.check(noneBeforeBackends);

export type HttpRouteFilter = z.infer<typeof filter>;

/** The path change that a filter makes, if it makes one. */
export const pathModifierOf = (entry: HttpRouteFilter) => (entry.urlRewrite ?? entry.requestRedirect)?.path;

export type HttpRoutePathModifier = z.infer<typeof pathModifier>;
