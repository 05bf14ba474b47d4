import * as z from 'zod';
import { problem, repeated } from '../schema/check.ts';
import { choice, fields } from '../schema/fields.ts';
import { headerName } from '../schema/text.ts';

/** `https://www.example.com:8443`, `https://*.example.com`, `*` (Gateway API CORSOrigin). */
const ORIGIN =
  /^(?:\*|[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:\*|(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?)$/;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', '*'] as const;

const headers = z.array(headerName).max(64).exactOptional();

/** Which pages of other origins may call from a browser (Gateway API HTTPCORSFilter). */
export const cors = fields({
  allowOrigins: z
    .array(z.string().max(253).regex(ORIGIN, { message: 'must be an origin such as https://www.example.com' }))
    .max(64)
    .exactOptional(),
  allowMethods: z.array(choice(METHODS)).max(9).exactOptional(),
  allowHeaders: headers,
  exposeHeaders: headers,
  allowCredentials: z.boolean().exactOptional(),
  /** Seconds. */
  maxAge: z.int().min(1).max(2_147_483_647).exactOptional(),
}).check((ctx) => {
  for (const field of ['allowOrigins', 'allowMethods', 'allowHeaders', 'exposeHeaders'] as const) {
    const list: readonly string[] = ctx.value[field] ?? [];
    for (const i of repeated(list, (entry) => entry.toLowerCase())) problem(ctx, [field, i], 'is listed twice');
    if (list.length > 1 && list.includes('*')) problem(ctx, [field], 'has "*" and others: "*" stands alone');
  }
});

export type CorsSpec = z.infer<typeof cors>;
