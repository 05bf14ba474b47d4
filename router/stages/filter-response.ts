import type { StageResult } from '../exchange.ts';
import type { Forwarded, Routed } from '../facts.ts';
import { connectionTokens, headerClass } from '../screening/header-class.ts';
import { modifyHeaders } from '../screening/policy-headers.ts';

/**
 * Takes off an upstream's answer what is not for the caller (this connection's headers, the mesh's own, identities),
 * then applies the filters of the rule and of the backendRef.
 */
export function filterResponse(facts: Routed & Forwarded): StageResult<object> {
  const { headers } = facts.response;
  const listed = connectionTokens(headers.getAll('connection'));
  headers.deleteWhere((name) => isInternal(name) || listed.includes(name));
  for (const filter of [...(facts.rule?.filters ?? []), ...(facts.backend?.filters ?? [])]) {
    if (filter.type === 'ResponseHeaderModifier') modifyHeaders(headers, filter);
  }
}

function isInternal(name: string): boolean {
  const of = headerClass(name);
  return of === 'hop-by-hop' || of === 'mesh' || of === 'identity';
}
