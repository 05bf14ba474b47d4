import * as z from 'zod';
import { changeableHeader } from '../schema/changeable-header.ts';
import { problem, repeated } from '../schema/check.ts';
import { fields } from '../schema/fields.ts';
import { headerText } from '../schema/text.ts';
import { backendObject } from './backend-ref.ts';

const answer = fields({
  status: z.int().min(200).max(599),
  headers: z
    .array(fields({ name: changeableHeader, value: headerText }))
    .max(16)
    .exactOptional(),
  /** It stands in the snapshot of every router: a page, not a site. */
  body: z.string().max(16_384).exactOptional(),
}).check((ctx) => {
  const { status, headers = [], body } = ctx.value;
  for (const i of repeated(headers, ({ name }) => name.toLowerCase())) {
    problem(ctx, ['headers', i, 'name'], 'occurs twice: give one value');
  }
  if (body !== undefined && body !== '' && [204, 205, 304].includes(status)) {
    problem(ctx, ['body'], `does not go with status ${status}, which has none`);
  }
});

/** What answers when no endpoint can: another Service, or the router itself. */
export const fallback = fields({ service: backendObject.exactOptional(), answer: answer.exactOptional() }).check(
  (ctx) => {
    const { service, answer: own } = ctx.value;
    if ((service === undefined) === (own === undefined))
      problem(ctx, [], 'must have exactly one of service and answer');
  },
);

export type FallbackSpec = z.infer<typeof fallback>;
