import type { Backend, Fallback, ValidBackend } from '../../snapshot/route.ts';
import { decide } from '../authorization/decide.ts';
import { trialsOf } from '../authorization/trials.ts';
import { LocalAnswer, type Refusal, type Stop } from '../exchange.ts';
import { HeaderList } from '../headers.ts';
import { backendFrom } from '../routing/choose.ts';
import { corsPolicyOf, shareAnswer } from '../routing/cors.ts';
import { loadService } from '../routing/load-service.ts';
import { outboundOf } from '../routing/outbound.ts';
import { rewrittenPath } from '../routing/rewrite.ts';
import { type ForwardFacts, type Target, targetOf } from './target.ts';

const nameOf = ({ namespace, name, port }: Pick<ValidBackend, 'namespace' | 'name' | 'port'>): string =>
  `${namespace}/${name}:${port}`;

/** The other places of one request, for when all endpoints of its backend are out. Each is asked once. */
export class Elsewhere {
  readonly #facts: ForwardFacts;
  readonly #fallback: Fallback | undefined;
  readonly #asked: Set<string>;

  constructor(facts: ForwardFacts, { backend }: Target) {
    const { namespace, name, traffic } = backend.service.chunk;
    this.#facts = facts;
    this.#fallback = facts.rule?.fallback ?? traffic.fallback;
    this.#asked = new Set([nameOf({ namespace, name, port: backend.port })]);
  }

  /** Whether there is another place at all. */
  static isThere({ rule }: ForwardFacts, { backend }: Target): boolean {
    return (rule?.fallback ?? backend.service.chunk.traffic.fallback) !== undefined || (rule?.backends.length ?? 0) > 1;
  }

  /** Another backend of the rule by weight, then the fallback; undefined: there is nothing left. */
  async next(why: Refusal): Promise<Target | Stop | undefined> {
    for (let backend = this.#draw(); backend !== undefined; backend = this.#draw()) {
      const target = await this.#targetOf(backend);
      if (target !== undefined) return target;
    }
    const fallback = this.#fallback;
    if (fallback === undefined) return undefined;
    if ('answer' in fallback) return this.#answer(fallback.answer, why);
    const last = { ...fallback.service, weight: 1, filters: [] };
    if (this.#asked.has(nameOf(last))) return undefined;
    return this.#targetOf(last);
  }

  #draw(): ValidBackend | undefined {
    const left = (this.#facts.rule?.backends ?? []).filter(
      (backend): backend is ValidBackend => isValid(backend) && !this.#asked.has(nameOf(backend)),
    );
    let point = this.#facts.parts.ports.random.next() * left.reduce((sum, { weight }) => sum + weight, 0);
    return left.find(({ weight }) => {
      point -= weight;
      return point < 0;
    });
  }

  /** Undefined where the policies of that service do not let the caller in, or its endpoints are out as well. */
  async #targetOf(share: ValidBackend): Promise<Target | Stop | undefined> {
    const { snapshot, path, matchedPrefix, rule, parts } = this.#facts;
    this.#asked.add(nameOf(share));
    const loaded = await loadService(snapshot, share.namespace, share.name);
    const backend = backendFrom(share, loaded);
    const rewritten = rewrittenPath(path, matchedPrefix, [...(rule?.filters ?? []), ...share.filters]);
    if (typeof backend === 'string' || 'invalid' in rewritten) return undefined;
    const facts = { ...this.#facts, backend, forwardedPath: rewritten.path };
    const permit = decide(trialsOf(facts));
    if ('why' in permit) return undefined;
    if (
      !parts.health.of(backend.service.chunk, parts.ports.clock.monotonic()).isUsable(parts.ports.clock.monotonic())
    ) {
      return undefined;
    }
    const outbound = await outboundOf(facts, permit.decidedBy);
    return 'outbound' in outbound ? targetOf(facts, backend, outbound) : outbound;
  }

  /** The policy's own answer, which says why it is not the service's. */
  #answer(
    { status, headers, body }: Extract<Fallback, { answer: unknown }>['answer'],
    { reason }: Refusal,
  ): LocalAnswer {
    const { rule, request, headers: asked } = this.#facts;
    const list = HeaderList.from(headers.map(({ name, value }) => [name.toLowerCase(), value]));
    list.set('mesh-reason', reason);
    const cors = corsPolicyOf(rule?.filters ?? []);
    if (cors !== undefined) shareAnswer(cors, asked, list);
    return new LocalAnswer(status, list, request.method === 'HEAD' ? null : body, reason);
  }
}

const isValid = (backend: Backend): backend is ValidBackend => !('invalid' in backend) && backend.weight > 0;
