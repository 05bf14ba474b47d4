import type { RouteConfig } from '@hono/zod-openapi';
import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import type { Permission } from '../access/permissions.ts';
import { StoreRefusal } from '../refusal.ts';
import type { ApiEnv } from './access.ts';
import { admits } from './access.ts';
import { textOf } from './bodies.ts';
import { heldAnswer, problem } from './schemas.ts';

export type Api = OpenAPIHono<ApiEnv>;
export type Ask = Context<ApiEnv>;

export const newApi = (): Api => new OpenAPIHono<ApiEnv>();

/** What is said of one operation; what it answers when it does not succeed is listed by status. */
export interface Operation extends Pick<RouteConfig, 'method' | 'path' | 'summary' | 'request' | 'responses'> {
  readonly description?: string;
  /** Statuses of problem documents, apart from 401, 403 and 503, which every operation with a token has. */
  readonly problems?: readonly number[];
  /** What the caller has to be allowed; `nothing`: needs no token. There is no default: whoever adds an operation says it. */
  readonly needs: Permission | 'nothing';
}

/** Serves an operation and describes it in one breath, so that no operation is left out of /openapi.json. */
export function endpoint(
  api: Api,
  { problems = [], needs, responses, ...operation }: Operation,
  guards: readonly MiddlewareHandler[],
  answer: (ask: Ask) => Response | Promise<Response>,
): void {
  const open = needs === 'nothing';
  const statuses = open ? problems : [...new Set([401, 403, ...problems, 503])];
  api.openAPIRegistry.registerPath({
    ...operation,
    'x-needs': needs,
    security: open ? [] : [{ bearer: [] }],
    responses: { ...responses, ...refusalsOf(statuses) },
  });
  const path = operation.path.replace(/\{(\w+)\}/g, ':$1');
  api.on([operation.method.toUpperCase()], [path], admits(needs), ...guards, answer);
}

const TEXTS: Readonly<Record<number, string>> = {
  400: 'The request cannot be understood.',
  401: 'No valid token.',
  403: 'Not allowed.',
  404: 'There is no such thing.',
  409: 'The stored state is not what the request takes for granted.',
  413: 'The body is too large.',
  415: 'The body is of another media type.',
  422: 'The content is wrong; nothing was changed.',
  503: 'Not now; try again.',
};

function refusalsOf(statuses: readonly number[]): RouteConfig['responses'] {
  const content = { 'application/problem+json': { schema: problem } };
  return Object.fromEntries(statuses.map((status) => [status, { description: TEXTS[status] ?? 'Refused.', content }]));
}

/** A successful answer in JSON. */
export function json(description: string, schema: z.ZodType): Record<200, RouteConfig['responses'][number]> {
  return { 200: { description, content: { 'application/json': { schema } } } };
}

/** The answer to a change of trust anchors that has to wait for somebody else. */
export const heldResponse = {
  202: {
    description: 'Nothing was changed: it touches the trust of the mesh, and waits until somebody else approves it.',
    content: { 'application/json': { schema: heldAnswer } },
  },
};

/** A body in JSON of at most `limit` bytes that fits `schema`. @throws StoreRefusal `request_invalid`, `request_too_large` */
export async function jsonBody<T extends z.ZodType>(ask: Ask, schema: T, limit: number): Promise<z.output<T>> {
  const text = await textOf(ask.req.raw, limit);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new StoreRefusal('request_invalid', 'The body is not valid JSON.');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.length ? `\`${issue.path.join('.')}\`: ` : '';
  throw new StoreRefusal(
    'request_invalid',
    `${where}${issue?.message ?? 'invalid'}. /openapi.json describes the body.`,
  );
}

export const param = (name: string, description: string) =>
  z.string().openapi({ param: { name, in: 'path' }, description });
export const query = (description: string) => z.string().optional().openapi({ description });
