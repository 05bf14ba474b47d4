import * as z from 'zod';
import { account, block, pattern, port, strength, texts } from '../schema/call-patterns.ts';
import { problem } from '../schema/check.ts';
import { fields } from '../schema/fields.ts';

/** Form of the values of each key. */
const KEYS: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['source.ip', block],
  ['remote.ip', block],
  ['source.namespace', pattern],
  ['source.principal', pattern],
  ['source.serviceAccount', account],
  ['source.trustDomain', pattern],
  ['destination.port', port],
  ['request.auth.principal', pattern],
  ['request.auth.audiences', pattern],
  ['request.auth.presenter', pattern],
]);

/** What Istio does not know. */
const OUR_KEYS: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['source.via', pattern],
  ['source.authn', strength],
]);

const UNKNOWABLE: ReadonlyMap<string, string> = new Map([
  ['connection.sni', 'can not be known here: TLS ends at the Gateway; use operation.hosts'],
  ['destination.ip', 'can not be known here: policies are judged before an endpoint is chosen; target the Service'],
]);

const HEADER = /^request\.headers\[([^\]]*)\]$/;
const TOKEN = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;

const CLAIM = /^request\.auth\.claims(?:\[[^[\]]{1,256}\]){1,8}$/;

/** What never reaches a policy, because only a proxy or the mesh itself may say it. */
const TAKEN_OFF =
  /^(?:x-)?mesh-|^x-(?:forwarded|original)-|^(?:forwarded|x-real-ip|true-client-ip|x-rewrite-url)$|^client-cert|^x-(?:http-)?method(?:-override)?$|^workload-(?:identity|proof)-token$|^(?:connection|keep-alive|upgrade|te|trailer|transfer-encoding|expect|http2-settings)$|^proxy-(?:connection|authenticate|authorization)$/;

function headerProblem(name: string): string | undefined {
  if (name.startsWith(':') || name === 'host') return 'is no header field: use operation.hosts, methods and paths';
  if (!TOKEN.test(name)) return 'must name a header: request.headers[x-tenant]';
  if (TAKEN_OFF.test(name)) {
    return 'names a header that is taken off before policies are judged, because any caller could write it; use source or remote.ip';
  }
  return undefined;
}

/** What is wrong with a key; undefined: nothing. */
function keyProblem(
  key: string,
  known: ReadonlyMap<string, z.ZodType>,
): { readonly message: string; readonly code?: string } | undefined {
  const header = HEADER.exec(key)?.[1];
  const unknowable = header === undefined ? UNKNOWABLE.get(key) : headerProblem(header.toLowerCase());
  if (unknowable !== undefined) return { message: unknowable };
  if (CLAIM.test(key)) return undefined;
  if (key.startsWith('request.auth.claims')) return { message: 'must name a claim: request.auth.claims[groups]' };
  if (header !== undefined || known.has(key)) return undefined;
  if (OUR_KEYS.has(key)) {
    const message = 'is not supported yet under this group: Istio has no such key, write apiVersion gossamer.mesh/v1';
    return { message, code: 'not-supported-yet' };
  }
  return {
    message: `is not known; known are request.headers[...], request.auth.claims[...], ${[...known.keys()].join(', ')}`,
  };
}

const whenWith = (known: ReadonlyMap<string, z.ZodType>) =>
  fields({ key: z.string().min(1).max(320), values: texts, notValues: texts }).check((ctx) => {
    const { key } = ctx.value;
    const wrong = keyProblem(key, known);
    if (wrong !== undefined) return problem(ctx, ['key'], wrong.message, wrong.code);
    const form = known.get(key) ?? pattern;
    for (const member of ['values', 'notValues'] as const) {
      ctx.value[member]?.forEach((value, i) => {
        const [issue] = form.safeParse(value).error?.issues ?? [];
        if (issue !== undefined) problem(ctx, [member, i], issue.message);
      });
    }
    if (ctx.value.values === undefined && ctx.value.notValues === undefined)
      problem(ctx, [], 'needs values or notValues');
  });

/** A condition on one attribute of a call, in Istio's words. */
export const istioWhen = whenWith(KEYS);

/** The same, and what only our own group knows. */
export const when = whenWith(new Map([...KEYS, ...OUR_KEYS]));
