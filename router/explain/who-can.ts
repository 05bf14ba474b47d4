import type { ExplainRequest, Explanation } from '../../snapshot/explanation.ts';
import {
  type CallerVerdict,
  type KnownPrincipal,
  MAX_PAGE,
  type OpenRule,
  type WhoCan,
  type WhoCanRequest,
} from '../../snapshot/inquiry.ts';
import type { CompiledPolicy } from '../authorization/compile.ts';
import type { Trial } from '../authorization/judge.ts';
import { explain } from '../explain.ts';
import { findRule } from '../routing/choose.ts';
import type { ExplainedSnapshot } from './entry.ts';
import { questionOf } from './question.ts';
import { alternativeText, ofCaller, residualOf } from './residual.ts';
import { sharesOf } from './shares.ts';
import { Telling } from './telling.ts';

/** An identity that no document names: its path has a namespace that no document may have. */
const strangerOf = (trustDomain: string): string => `spiffe://${trustDomain}/ns/_/sa/_`;

/**
 * Which callers may make a call: each known one judged by the functions that would decide it, and the rules that would
 * let in others.
 * @param known the principals of the mesh's documents
 */
export async function whoCan(
  snapshot: ExplainedSnapshot,
  ask: WhoCanRequest,
  known: readonly KnownPrincipal[],
): Promise<WhoCan> {
  const { offset = 0, limit = MAX_PAGE, ...call } = ask;
  const { revision } = snapshot;
  const base = { revision, callers: [], total: known.length, others: [] };
  const nobody = await explain(snapshot, call);
  if (nobody.service === undefined) {
    return { ...base, stopped: { reason: nobody.reason ?? 'request_invalid', summary: nobody.summary } };
  }
  const stranger = { ...call, from: strangerOf(snapshot.mesh.trustDomain) };
  const page = [...known].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(offset, offset + Math.min(limit, MAX_PAGE));
  const callers: CallerVerdict[] = [];
  for (const { id, of } of page) {
    callers.push(verdictOf({ principal: id, of }, await explain(snapshot, { ...call, from: id })));
  }
  return {
    ...base,
    callers,
    nobody: verdictOf({ principal: null, of: [] }, nobody),
    unknown: verdictOf({ principal: stranger.from, of: [] }, await explain(snapshot, stranger)),
    others: await openRules(snapshot, stranger),
  };
}

function verdictOf(caller: Pick<CallerVerdict, 'principal' | 'of'>, told: Explanation): CallerVerdict {
  const { verdict, reason, authorization } = told;
  const may = verdict === 'refused' && authorization?.decision !== 'allow' ? 'no' : mayPass(told);
  return {
    ...caller,
    may,
    ...(authorization && { decidedBy: authorization.decidedBy }),
    ...(reason !== undefined && { reason }),
  };
}

/** Answered by the mesh itself, allowed everywhere, or denied by some backend only. */
const mayPass = ({ authorization }: Explanation): 'yes' | 'partly' =>
  authorization === undefined || authorization.decision === 'allow' ? 'yes' : 'partly';

/** Rules that ask nothing of the caller, or something that others than the known principals may fulfil. */
async function openRules(snapshot: ExplainedSnapshot, ask: ExplainRequest): Promise<OpenRule[]> {
  const question = await questionOf(snapshot, ask, new Telling(snapshot.revision));
  if ('verdict' in question) return [];
  const { table, path, query, headers, request } = question;
  const found = table === null ? null : findRule(table, { path, query, headers, method: request.method });
  if (found === undefined) return [];
  const trials = (await sharesOf(question, found)).flatMap((share) => share.trials);
  const open = trials.flatMap((trial) =>
    trial.layers.flatMap((layer) => (layer?.allow ?? []).flatMap((policy) => openRulesOf(policy, trial))),
  );
  return [...new Map(open.map((rule) => [`${rule.policy} ${rule.rule}`, rule])).values()];
}

function openRulesOf(policy: CompiledPolicy, { call }: Trial): OpenRule[] {
  if (policy.invalid !== undefined) return [];
  return policy.rules.flatMap((rule, index) => {
    const residual = residualOf(rule, call, (condition) => !ofCaller(condition));
    if (residual === undefined) return [];
    const parts = residual.map((part) => part.filter((conditions) => !conditions.some(isExact)));
    if (parts.some((part) => part.length === 0)) return [];
    const from = parts.map((part) => part.map(alternativeText).join(' or ')).join('; ');
    return [{ policy: policy.name, rule: index, from: from === '' ? 'anyone' : from }];
  });
}

/** Names principals one by one: whoever fits is among the known ones, or is named here on purpose. */
const isExact = ({ field, values }: { readonly field: string; readonly values: readonly string[] }): boolean =>
  /^(principals|serviceAccounts|when source\.(principal|serviceAccount))$/.test(field) &&
  values.length > 0 &&
  values.every((value) => !value.includes('*'));
