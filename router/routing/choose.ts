import type { Backend, ValidBackend } from '../../snapshot/route.ts';
import { type MaybePromise, Refusal } from '../exchange.ts';
import type { Addressed, Arrival, ChosenBackend, Routed, Screened } from '../facts.ts';
import type { RouterPorts } from '../ports.ts';
import type { CompiledRule, CompiledTable } from './compile.ts';
import { andThen, loadService, type RoutingSnapshot } from './load-service.ts';
import { type FoundMatch, findMatch } from './match.ts';
import { rewrittenPath } from './rewrite.ts';

/** What a route is chosen by. */
export interface Asked extends Pick<Arrival, 'request'>, Pick<Screened, 'path' | 'query' | 'headers'> {
  readonly snapshot: RoutingSnapshot;
  readonly parts: { readonly ports: Pick<RouterPorts, 'random'> };
}

/** The rule of a table that a request falls under, and one of its backends by weight. Synchronous when warm. */
export function routeFrom(table: CompiledTable, facts: Asked): MaybePromise<Routed | Refusal> {
  const { path, query, headers } = facts;
  const found = findMatch(table, { path, method: facts.request.method, headers, query });
  if (found === undefined)
    return new Refusal('route_not_found', 'No rule of the attached routes matches this request.');
  const { rule } = found;
  if (rule.redirects) return { rule, matchedPrefix: prefixOf(found), backend: null, forwardedPath: path };
  const share = backendAt(rule, facts.parts.ports.random.next());
  if (share === undefined) return invalidBackend(rule, 'the rule has no backend with a weight above 0');
  const target = 'invalid' in share ? undefined : loadService(facts.snapshot, share.namespace, share.name);
  return andThen(target, (loaded) => sendTo(found, share, loaded, path));
}

/** A call that falls to one backend of the rule that was found. @param target what the snapshot has for it */
export function sendTo(
  found: FoundMatch,
  share: Backend,
  target: Addressed | undefined,
  path: string,
): Routed | Refusal {
  const { rule } = found;
  if ('invalid' in share) return invalidBackend(rule, share.invalid);
  const backend = backendFrom(share, target);
  if (typeof backend === 'string') return invalidBackend(rule, backend);
  const matchedPrefix = prefixOf(found);
  const rewritten = rewrittenPath(path, matchedPrefix, [...rule.filters, ...share.filters]);
  if ('invalid' in rewritten) return invalidBackend(rule, rewritten.invalid);
  return { rule, matchedPrefix, backend, forwardedPath: rewritten.path };
}

/** The service behind a backendRef, or why it can not be used. A service without declared ports takes any. */
function backendFrom(share: ValidBackend, target: Addressed | undefined): ChosenBackend | string {
  if (target === undefined) return `the snapshot has no service ${share.namespace}/${share.name}`;
  const { ports } = target.service.chunk;
  if (ports.length > 0 && !ports.some(({ port }) => port === share.port)) {
    return `service ${target.service.key} has no port ${share.port}`;
  }
  return { ...target, port: share.port, filters: share.filters };
}

/** The backend at a point of the cumulative weights; undefined when there is none with a weight. */
export function backendAt(rule: Pick<CompiledRule, 'backends' | 'totalWeight'>, chance: number): Backend | undefined {
  let left = chance * rule.totalWeight;
  for (const backend of rule.backends) {
    left -= backend.weight;
    // Not `<=`: at chance 0 a first backend of weight 0 must not be taken.
    if (left < 0) return backend;
  }
  // The product can round up to the whole weight.
  return rule.backends.findLast(({ weight }) => weight > 0);
}

export const prefixOf = ({ match }: FoundMatch): string | undefined =>
  match.path.type === 'PathPrefix' ? match.path.value : undefined;

const invalidBackend = (rule: CompiledRule, why: string): Refusal =>
  new Refusal('backend_invalid', 'The route that matches has no valid backend for this request.', {
    internal: `${rule.name}: ${why}`,
  });
