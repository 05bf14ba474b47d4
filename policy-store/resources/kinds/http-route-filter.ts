import * as z from 'zod';
import { problem, repeated } from '../schema/check.ts';
import { choice, fields } from '../schema/fields.ts';
import { prefixReplacement, routePath } from '../schema/route-path.ts';
import { headerName, headerText, portNumber, preciseHostname } from '../schema/text.ts';

const change = z
  .array(fields({ name: headerName, value: headerText }))
  .max(16)
  .exactOptional();

const headerModifier = fields({
  set: change,
  add: change,
  remove: z.array(headerName).max(16).exactOptional(),
}).check((ctx) => {
  for (const field of ['set', 'add'] as const) {
    for (const i of repeated(ctx.value[field] ?? [], (entry) => entry.name.toLowerCase())) {
      problem(ctx, [field, i, 'name'], 'is listed twice: header names are compared without case');
    }
  }
});

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
  URLRewrite: 'urlRewrite',
  RequestRedirect: 'requestRedirect',
} as const;

const later = {
  requestMirror: 'remove the filter',
  cors: 'answer preflights in the service, with a ResponseHeaderModifier for the headers',
  extensionRef: 'remove the filter',
  externalAuth: 'use an AuthorizationPolicy',
};

const filter = fields(
  {
    type: choice(['RequestHeaderModifier', 'ResponseHeaderModifier', 'URLRewrite', 'RequestRedirect'], {
      RequestMirror: later.requestMirror,
      CORS: later.cors,
      ExtensionRef: later.extensionRef,
      ExternalAuth: later.externalAuth,
    }),
    requestHeaderModifier: headerModifier.exactOptional(),
    responseHeaderModifier: headerModifier.exactOptional(),
    urlRewrite: urlRewrite.exactOptional(),
    requestRedirect: requestRedirect.exactOptional(),
  },
  later,
).check((ctx) => {
  const own = FIELD_OF[ctx.value.type];
  if (ctx.value[own] === undefined) problem(ctx, [own], `is required with type ${ctx.value.type}`, 'missing-field');
  for (const field of Object.values(FIELD_OF)) {
    if (field !== own && ctx.value[field] !== undefined)
      problem(ctx, [field], `does not go with type ${ctx.value.type}`);
  }
});

/** Filters of a rule or of one backendRef (Gateway API HTTPRouteFilter). */
export const filters = z
  .array(filter)
  .max(16)
  .check((ctx) => {
    for (const i of repeated(ctx.value, (entry) => entry.type)) {
      problem(ctx, [i, 'type'], 'occurs twice: put all changes into one filter');
    }
    const types = ctx.value.map((entry) => entry.type);
    if (types.includes('URLRewrite') && types.includes('RequestRedirect')) {
      problem(ctx, [], 'has URLRewrite and RequestRedirect, which exclude each other');
    }
  });

export type HttpRouteFilter = z.infer<typeof filter>;

/** The path change that a filter makes, if it makes one. */
export const pathModifierOf = (entry: HttpRouteFilter) => (entry.urlRewrite ?? entry.requestRedirect)?.path;

export type HttpRoutePathModifier = z.infer<typeof pathModifier>;
