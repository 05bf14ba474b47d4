import type { Explanation } from '../../snapshot/explanation.ts';
import type { Backend, Filter } from '../../snapshot/route.ts';
import { type Denial, decide } from '../authorization/decide.ts';
import { judge, MESH_DEFAULT, type Trial, type Verdict } from '../authorization/judge.ts';
import { trialsOf } from '../authorization/trials.ts';
import { LocalAnswer, Refusal, type Stop } from '../exchange.ts';
import type { ChosenBackend, Outbound, Routed, Screened, UserAuthenticated } from '../facts.ts';
import type { Connection, RequestHead } from '../message.ts';
import { backendAt, heldBackend, prefixOf, sendTo, stickyPoint } from '../routing/choose.ts';
import type { CompiledRule } from '../routing/compile.ts';
import { loadService } from '../routing/load-service.ts';
import type { FoundMatch } from '../routing/match.ts';
import { shapeRequest } from '../routing/shape-request.ts';
import { answerPreflight } from '../stages/answer-preflight.ts';
import type { Entry, ExplainedSnapshot } from './entry.ts';
import { verdictsOf } from './policies.ts';
import { certainFault, type Met, metBy } from './traffic.ts';

/** What would happen to the calls that fall to one backend. */
export interface Share {
  /** `namespace/name`, or why there is none. */
  readonly to: string;
  /** 0..1. */
  readonly share: number;
  /** Empty when the call is refused before policies are asked. */
  readonly trials: readonly Trial[];
  /** The same with policies in shadow, as if they were in force. */
  readonly tried: readonly Trial[];
  /** Where and how it ends, unless it is forwarded. */
  readonly stop: { readonly stage: string; readonly stop: Stop } | undefined;
  readonly outbound: Outbound['outbound'] | undefined;
  /** About each mirror, in words. */
  readonly copies: readonly string[];
  /** What it meets on its way once it is allowed. */
  readonly met: Met;
}

const NOTHING: Met = { limits: [], faults: [] };

export interface Question extends Entry, Screened, UserAuthenticated {
  readonly request: RequestHead;
  readonly connection: Pick<Connection, 'remoteAddress'>;
  readonly snapshot: ExplainedSnapshot;
}

/** Follows the call to every backend that has a share of it. */
export async function sharesOf(question: Question, found: FoundMatch | null): Promise<Share[]> {
  if (found === null) return [await plainShare(question)];
  const { rule } = found;
  if (rule.redirects) {
    return [
      await follow(
        question,
        { rule, matchedPrefix: prefixOf(found), backend: null, forwardedPath: question.path },
        'the rule itself',
        1,
      ),
    ];
  }
  const shares: Share[] = [];
  for (const { backend, share } of takersOf(question, rule)) {
    const routed = await routedTo(question, found, backend);
    shares.push(
      routed instanceof Refusal
        ? {
            to: backendName(backend),
            share,
            trials: [],
            tried: [],
            copies: [],
            met: NOTHING,
            outbound: undefined,
            stop: { stage: 'match-route', stop: routed },
          }
        : await follow(question, routed, backendName(backend), share),
    );
  }
  return shares;
}

/** Who would get the call: the backend of its session, or that of its sticky key, else every one that has a weight. */
function takersOf(
  { headers, principal, gatewayPolicies }: Question,
  rule: CompiledRule,
): { readonly backend: Backend; readonly share: number }[] {
  // The age of a session is not judged: an explanation has no time.
  const held = heldBackend(rule, headers, undefined);
  if (held !== undefined) return [{ backend: held.backend, share: 1 }];
  const point = stickyPoint(rule, headers, gatewayPolicies === undefined ? principal : null);
  const bound = point === undefined ? undefined : backendAt(rule, point);
  if (bound !== undefined) return [{ backend: bound, share: 1 }];
  return rule.backends
    .filter(({ weight }) => weight > 0)
    .map((backend) => ({ backend, share: backend.weight / rule.totalWeight }));
}

/** `namespace/name`, or why the reference is none. */
export const backendName = (backend: Backend): string =>
  'invalid' in backend ? `invalid (${backend.invalid})` : `${backend.namespace}/${backend.name}`;

async function routedTo(question: Question, found: FoundMatch, backend: Backend): Promise<Routed | Refusal> {
  const target =
    'invalid' in backend ? undefined : await loadService(question.snapshot, backend.namespace, backend.name);
  return sendTo(found, backend, target, question.path);
}

function plainShare(question: Question): Promise<Share> {
  const { service, widerPolicies, port, path } = question;
  if (service === undefined) throw new Error('a call without route and without addressed service');
  const backend: ChosenBackend = { service, widerPolicies: widerPolicies ?? [], port, filters: [] };
  return follow(question, { rule: null, matchedPrefix: undefined, backend, forwardedPath: path }, service.key, 1);
}

async function follow(question: Question, routed: Routed, to: string, share: number): Promise<Share> {
  const none = { to, share, trials: [], tried: [], copies: [], met: NOTHING, outbound: undefined };
  const preflight = answerPreflight({ ...question, ...routed });
  if (preflight instanceof LocalAnswer) return { ...none, stop: { stage: 'answer-preflight', stop: preflight } };
  const trials = trialsOf({ ...question, ...routed });
  const judged = { ...none, trials, tried: trialsOf({ ...question, ...routed }, 'tried') };
  const decision = decide(trials);
  if ('why' in decision) {
    const refusal = new Refusal('permission_denied', decision.why, { internal: denialText(trials, decision) });
    return { ...judged, stop: { stage: 'authorize', stop: refusal } };
  }
  const allowed = { ...judged, met: metBy({ ...question, ...routed }) };
  const fault = certainFault({ ...question, ...routed });
  if (fault !== undefined) return { ...allowed, stop: { stage: 'inject-fault', stop: fault } };
  const outbound = shapeRequest({ ...question, ...routed });
  if (!('target' in outbound)) return { ...allowed, stop: { stage: 'filter-request', stop: outbound } };
  const problem = endpointProblem(to, routed.backend);
  const copies = problem === undefined ? await copiesOf(question, routed) : [];
  if (problem !== undefined && isElsewhere(routed)) {
    return {
      ...allowed,
      to: `${to} (it has no endpoint: another backend or the fallback answers)`,
      outbound,
      stop: undefined,
    };
  }
  return { ...allowed, outbound, copies, stop: problem && { stage: 'forward', stop: problem } };
}

/** What RequestMirror filters would do, in words. */
async function copiesOf(question: Question, routed: Routed): Promise<string[]> {
  const filters = [...(routed.rule?.filters ?? []), ...(routed.backend?.filters ?? [])];
  const copies: string[] = [];
  for (const filter of filters.filter(({ type }) => type === 'RequestMirror') as MirrorFilter[]) {
    const { namespace, name, port } = filter.backend;
    const target = await loadService(question.snapshot, namespace, name);
    const backend = target && { ...target, port, filters: routed.backend?.filters ?? [] };
    const decision = backend && decide(trialsOf({ ...question, ...routed, backend }));
    const share = filter.share < 1 ? `${Number((filter.share * 100).toFixed(2))}% ` : '';
    if (decision === undefined) copies.push(`no copy for ${namespace}/${name}: there is no such service`);
    else if ('why' in decision) copies.push(`no copy for ${namespace}/${name}: ${decision.why}`);
    else copies.push(`${share}copied to ${namespace}/${name}`);
  }
  return copies;
}

type MirrorFilter = Extract<Filter, { type: 'RequestMirror' }>;

/** As forwarding has it: another valid backend with a weight, or a fallback. Which of them are well nobody knows here. */
const isElsewhere = ({ rule, backend }: Routed): boolean =>
  (rule?.fallback ?? backend?.service.chunk.traffic.fallback) !== undefined ||
  (rule?.backends ?? []).filter((one) => !('invalid' in one) && one.weight > 0).length > 1;

const endpointProblem = (to: string, backend: ChosenBackend | null): Refusal | undefined =>
  backend?.service.chunk.endpoints.length === 0
    ? new Refusal('no_healthy_upstream', `Service ${to} has no endpoint.`)
    : undefined;

/** What to do about a denial: change the policy that denies, or write one that allows. */
function denialText(trials: readonly Trial[], { decidedBy, why }: Denial): string {
  const denying = trials.find((trial) => !judge(trial).allowed);
  if (denying === undefined || decidedBy !== MESH_DEFAULT) return `Denied: ${why}.`;
  const { call, target } = denying;
  const caller = call.principal?.name ?? 'a caller without identity';
  return `Denied: no ALLOW policy of ${target} lets ${caller} ${call.method} ${call.path}; add one that does.`;
}

/** What the policies said about all shares together: a denial of one share is told, even where others pass. */
export function authorizationOf(shares: readonly Share[]): Explanation['authorization'] {
  const deciding = decidingOf(shares.flatMap((share) => share.trials));
  if (deciding === undefined) return undefined;
  const tried = shares.flatMap((share) => share.tried);
  const policies = verdictsOf(tried);
  const shadow = policies.some((policy) => policy.shadow) ? decidingOf(tried) : undefined;
  return { ...decisionOf(deciding), policies, ...(shadow && { shadow: decisionOf(shadow) }) };
}

function decidingOf(trials: readonly Trial[]): Verdict | undefined {
  const verdicts = trials.map(judge);
  return verdicts.find((verdict) => !verdict.allowed) ?? verdicts.at(-1);
}

const decisionOf = ({ allowed, decidedBy }: Verdict) => ({ decision: allowed ? 'allow' : 'deny', decidedBy }) as const;
