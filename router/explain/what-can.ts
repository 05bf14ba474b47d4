import {
  MAX_PAGE,
  type ReachedBy,
  type ServiceAccess,
  type WhatCan,
  type WhatCanRequest,
} from '../../snapshot/inquiry.ts';
import type { CallFacts } from '../authorization/call-facts.ts';
import type { CompiledPolicy } from '../authorization/compile.ts';
import { MESH_DEFAULT } from '../authorization/judge.ts';
import { hasOwnPolicies } from '../authorization/trials.ts';
import { Refusal } from '../exchange.ts';
import type { Addressed } from '../facts.ts';
import { HeaderList } from '../headers.ts';
import type { Principal } from '../identity/principal.ts';
import { loadService } from '../routing/load-service.ts';
import { callerOf, type ExplainedSnapshot } from './entry.ts';
import { alternativeText, ofIdentity, ofOperation, type Residual, residualOf } from './residual.ts';

/**
 * What a principal may do: of every service the rules that are about this principal, with all that they ask of the
 * request left open.
 * @param ask `principal` is a SPIFFE ID here
 * @param services `namespace/name` of every service
 */
export async function whatCan(
  snapshot: ExplainedSnapshot,
  { principal: id, offset = 0, limit = MAX_PAGE }: WhatCanRequest,
  services: readonly string[],
): Promise<Omit<WhatCan, 'of'>> {
  const principal = callerOf(snapshot, id, 'STRICT');
  const base = { revision: snapshot.revision, principal: id, services: [], total: services.length };
  if (principal instanceof Refusal || principal === null) {
    return { ...base, refused: principal?.detail ?? 'It is no identity.' };
  }
  const found: ServiceAccess[] = [];
  for (const key of [...services].sort().slice(offset, offset + Math.min(limit, MAX_PAGE))) {
    const at = await loadService(snapshot, ...nameOf(key));
    if (at !== undefined)
      found.push({ ...accessTo(snapshot, at, principal), backends: await backendsOf(snapshot, at, principal) });
  }
  return { ...base, services: found };
}

const nameOf = (key: string): [namespace: string, name: string] => {
  const [namespace = '', name = ''] = key.split('/');
  return [namespace, name];
};

type Access = Omit<ServiceAccess, 'backends'>;

function accessTo(snapshot: ExplainedSnapshot, { service, widerPolicies }: Addressed, principal: Principal): Access {
  const layers = [...widerPolicies, service.policies];
  const allow = layers.flatMap((layer) => layer?.allow ?? []);
  const denies = layers.flatMap((layer) => layer?.deny ?? []).flatMap((policy) => reachedBy(policy, principal));
  const demanded = snapshot.mesh.defaultAuthorization === 'deny' || allow.length > 0;
  const allows = demanded
    ? allow.flatMap((policy) => reachedBy(policy, principal))
    : [{ policy: MESH_DEFAULT, to: [], when: [] }];
  return { service: service.key, access: grade(allows, denies), allows, denies };
}

function grade(allows: readonly ReachedBy[], denies: readonly ReachedBy[]): ServiceAccess['access'] {
  if (allows.length === 0 || denies.some(isWhole)) return 'none';
  return denies.length === 0 && allows.some(isWhole) ? 'all' : 'some';
}

const isWhole = ({ to, when }: ReachedBy): boolean => to.length === 0 && when.length === 0;

/** The rules of a policy that may match a call of this principal. */
function reachedBy(policy: CompiledPolicy, principal: Principal): ReachedBy[] {
  if (policy.invalid !== undefined) return policy.action === 'ALLOW' ? [] : [{ policy: policy.name, to: [], when: [] }];
  return policy.rules.flatMap((rule, index) => {
    const residual = residualOf(rule, callBy(principal), ofIdentity);
    return residual === undefined ? [] : [{ policy: policy.name, rule: index, ...toldOf(residual) }];
  });
}

/** Parts that look only at what is called, and the others. */
function toldOf(residual: Residual): Pick<ReachedBy, 'to' | 'when'> {
  const isOperation = (part: Residual[number]): boolean => part.every((conditions) => conditions.every(ofOperation));
  const to = residual.filter(isOperation);
  const when = residual.filter((part) => !isOperation(part));
  // Two parts about the operation must both hold: the second is a condition on the first.
  const [first = [], ...more] = to;
  return {
    to: first.map(alternativeText),
    when: [...more, ...when].map((part) => part.map(alternativeText).join(' or ')),
  };
}

/** Only its caller is known. */
const callBy = (principal: Principal): CallFacts => ({
  principal,
  via: [],
  method: '',
  path: '',
  host: '',
  hostPort: 0,
  port: 0,
  headers: new HeaderList(),
  remoteAddress: '',
  clientAddress: '',
  endUser: null,
});

/** Other services that its routes lead to, which have a say of their own. */
async function backendsOf(
  snapshot: ExplainedSnapshot,
  { service }: Addressed,
  principal: Principal,
): Promise<ServiceAccess['backends']> {
  const tables = service.chunk.ports.map(({ port }) => service.routesFor(port, principal.namespace));
  const names = tables.flatMap((table) =>
    (table?.rules ?? []).flatMap(({ backends }) =>
      backends.flatMap((backend) => ('invalid' in backend ? [] : [`${backend.namespace}/${backend.name}`])),
    ),
  );
  const found: { service: string; access: 'some' | 'none' }[] = [];
  for (const key of [...new Set(names)].filter((name) => name !== service.key).sort()) {
    const at = await loadService(snapshot, ...nameOf(key));
    if (at === undefined || !hasOwnPolicies(at, 'in-force')) continue;
    const { access } = accessTo(snapshot, at, principal);
    if (access !== 'all') found.push({ service: key, access });
  }
  return found;
}
