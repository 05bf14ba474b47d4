import type { ServiceChunk, Strength } from '../../snapshot/chunk.ts';
import type { ExplainRequest } from '../../snapshot/explanation.ts';
import { parseSpiffeId } from '../../snapshot/spiffe-id.ts';
import { Refusal } from '../exchange.ts';
import type { Addressed, AtGateway, PinnedSnapshot, Screened } from '../facts.ts';
import { HeaderList } from '../headers.ts';
import { isStrongEnough } from '../identity/credential-profile.ts';
import { type EndUser, endUserOf } from '../identity/end-user.ts';
import { MAX_VIA } from '../identity/parent-call.ts';
import { type Principal, principalOf } from '../identity/principal.ts';
import { isRevokedId } from '../identity/revocation.ts';
import type { RequestHead } from '../message.ts';
import { parseAuthority } from '../routing/authority.ts';
import type { CompiledTable } from '../routing/compile.ts';
import { type FoundVirtualHost, findVirtualHost, isMoreSpecific, listenersFor } from '../routing/virtual-host.ts';
import type { LoadedGateway } from '../snapshot/loaded-gateway.ts';
import { resolveService } from '../stages/resolve-service.ts';
import type { Telling } from './telling.ts';

/** A snapshot without keys: nothing has to be proven to ask what would be. */
export type ExplainedSnapshot = Omit<PinnedSnapshot, 'trust'>;

/** Where a call enters: what its rule is looked for in, and as whom it is judged. */
export interface Entry extends Partial<Addressed>, Partial<AtGateway> {
  readonly table: CompiledTable | null;
  readonly principal: Principal | null;
  readonly via: readonly string[];
}

/** The stage that stops a call, and its refusal. */
export interface StoppedAt {
  readonly stage: string;
  readonly refusal: Refusal;
}

/** The request of the question. @returns undefined when its URL is not an absolute http(s) URL */
export function requestOf(ask: ExplainRequest): RequestHead | undefined {
  const [, scheme, authority = '', target = ''] = /^(https?):\/\/([^/?#]*)(.*)$/.exec(ask.url) ?? [];
  if (scheme !== 'http' && scheme !== 'https') return undefined;
  return {
    method: ask.method,
    scheme,
    authority,
    target: target.startsWith('/') ? target : `/${target}`,
    headers: HeaderList.from(Object.entries(ask.headers ?? {})),
  };
}

/** The end user that the question names, as if a token had been verified. */
export const endUserIn = ({ claims }: ExplainRequest): EndUser | null =>
  claims === undefined ? null : endUserOf(claims, ['scope', 'permission'], 0);

/** In the mesh: the addressed service, and the caller as if it had proven the identity that the question names. */
export async function enterMesh(
  snapshot: ExplainedSnapshot,
  screened: Screened,
  ask: Pick<ExplainRequest, 'from' | 'strength' | 'via'>,
  telling: Telling,
): Promise<Entry | StoppedAt> {
  const addressed = await resolveService({ ...screened, snapshot });
  if (addressed instanceof Refusal) return { stage: 'resolve-service', refusal: addressed };
  const { service } = addressed;
  telling.pass('resolve-service', `${screened.authority} is service ${service.key}.`);
  telling.learn({ service: service.key });
  const principal = callerAt(service.chunk, snapshot, ask);
  if (principal instanceof Refusal) return { stage: 'authenticate', refusal: principal };
  const via = chainOf(ask.via ?? [], principal, snapshot);
  if (via instanceof Refusal) return { stage: 'authenticate', refusal: via };
  const caller =
    principal?.id ?? 'nobody: the service is PERMISSIVE and lets callers without identity through to its policies';
  telling.pass('authenticate', `The caller is ${caller}${via.length === 0 ? '' : `, by way of ${via.join(', ')}`}.`);
  return { ...addressed, principal, via, table: service.routesFor(screened.port, principal?.namespace) };
}

/** The callers before it, as if a Mesh-Call had proven them. */
function chainOf(
  via: readonly string[],
  principal: Principal | null,
  { revocations }: ExplainedSnapshot,
): readonly string[] | Refusal {
  if (via.length === 0) return via;
  const wrong = (why: string, check: string): Refusal => new Refusal('token_invalid', why, { check });
  if (principal === null) return wrong('A caller without identity hands on no earlier callers.', 'wrong_parent');
  const broken = via.find((id) => parseSpiffeId(id) === undefined);
  if (broken !== undefined) return wrong(`The earlier caller ${broken} is not a SPIFFE ID.`, 'wrong_parent');
  const revoked = via.find((id) => isRevokedId(id, revocations));
  return revoked === undefined ? via.slice(-MAX_VIA) : wrong(`The earlier caller ${revoked} is revoked.`, 'revoked');
}

/** The caller at a service, which has to prove itself as strongly as the service asks. */
function callerAt(
  { authn, peerAuthentication }: ServiceChunk,
  snapshot: ExplainedSnapshot,
  { from, strength }: Pick<ExplainRequest, 'from' | 'strength'>,
): Principal | null | Refusal {
  const proven = strength ?? (isStrongEnough('proof', authn) ? 'proof' : authn);
  const principal = callerOf(snapshot, from, peerAuthentication, proven);
  if (principal === null || principal instanceof Refusal || isStrongEnough(proven, authn)) return principal;
  return new Refusal('token_invalid', `The service asks for an identity of strength ${authn}, not ${proven}.`, {
    check: proven === 'proof' && authn === 'strict-proof' ? 'proof_not_strict' : 'too_weak',
  });
}

/** As whom a question is judged: as if the identity that it names had been proven. Null: nobody, where that is let through. */
export function callerOf(
  snapshot: ExplainedSnapshot,
  from: string | undefined,
  mode: 'STRICT' | 'PERMISSIVE',
  strength: Strength = 'proof',
): Principal | null | Refusal {
  if (from === undefined) {
    return mode === 'PERMISSIVE'
      ? null
      : new Refusal('unauthenticated', 'The service demands an identity and the caller has none.');
  }
  const principal = principalOf(from, { strength, jkt: '', expiresAt: 0 });
  if (principal === undefined) return new Refusal('token_invalid', `${from} is not a SPIFFE ID.`);
  const { trustDomain } = snapshot.mesh;
  if (principal.trustDomain !== trustDomain) {
    return new Refusal(
      'token_invalid',
      `The mesh trusts no key of ${principal.trustDomain}, its trust domain is ${trustDomain}.`,
    );
  }
  return snapshot.revocations.ids.includes(from)
    ? new Refusal('token_invalid', `The identity ${from} is revoked.`)
    : principal;
}

/** From outside: the listener and host name of one Gateway, whose identity the call then has. */
export function enterGateway(
  snapshot: ExplainedSnapshot,
  screened: Screened,
  {
    key,
    scheme,
    serverName,
  }: { readonly key: string; readonly scheme: 'http' | 'https'; readonly serverName?: string },
  telling: Telling,
): Entry | StoppedAt {
  const gateway = snapshot.gateways.get(key);
  if (gateway === undefined) return noListener(`This revision has no Gateway ${key}.`);
  const found = virtualHostAt(gateway, scheme, screened, serverName);
  if (found === 'misdirected') return misdirected(serverName, screened.host);
  if (found === undefined)
    return noListener(`No listener of Gateway ${key} has a route for the host ${screened.host}.`);
  const { listener } = found.chosen;
  const principal = principalOf(gateway.chunk.identity, { strength: 'mtls', jkt: '', expiresAt: 0 }) ?? null;
  telling.pass(
    'match-listener',
    `Listener ${listener.name} (port ${listener.port}) of Gateway ${key}, host name ${found.hostname}.`,
  );
  return {
    table: found.table,
    principal,
    via: [],
    gateway: key,
    gatewayPolicies: gateway.policies,
    listenerPort: listener.port,
    listenerScheme: listener.protocol === 'HTTPS' ? 'https' : 'http',
  };
}

type LoadedListener = LoadedGateway['listeners'][number];

/**
 * At the port that was asked for; where it is no logical port but that of a shared socket, at the best of all ports.
 * @param serverName of the TLS handshake; undefined: the host itself
 */
function virtualHostAt(
  gateway: LoadedGateway,
  scheme: 'http' | 'https',
  { authority, host }: Pick<Screened, 'authority' | 'host'>,
  serverName: string | undefined,
): FoundVirtualHost<LoadedListener> | 'misdirected' | undefined {
  const protocol = scheme === 'https' ? 'HTTPS' : 'HTTP';
  const listeners = gateway.listeners.filter(({ listener }) => listener.protocol === protocol);
  const parsed = parseAuthority(authority);
  const asked = ('port' in parsed ? parsed.port : undefined) ?? (scheme === 'https' ? 443 : 80);
  const ports = [...new Set(listeners.map(({ listener }) => listener.port))].sort((a, b) => a - b);
  const sockets = (ports.includes(asked) ? [asked] : ports).map((port) =>
    listeners.filter(({ listener }) => listener.port === port),
  );
  const met = sockets.filter((socket) => scheme === 'http' || isMetBy(socket, host, serverName?.toLowerCase()));
  const found = met
    .map((socket) => findVirtualHost(socket, host))
    .reduce((best, one) => (one && (best === undefined || isMoreSpecific(one, best)) ? one : best), undefined);
  return found ?? (met.length < sockets.length ? 'misdirected' : undefined);
}

/** Whether the handshake led to the listener that the host belongs to. */
const isMetBy = (socket: readonly LoadedListener[], host: string, serverName = host): boolean =>
  listenersFor(socket, serverName)[0] === listenersFor(socket, host)[0];

const misdirected = (serverName: string | undefined, host: string): StoppedAt => ({
  stage: 'match-listener',
  refusal: new Refusal(
    'request_invalid',
    `The TLS handshake for ${serverName} led to another listener than the one of the host ${host}.`,
    { status: 421 },
  ),
});

const noListener = (why: string): StoppedAt => ({
  stage: 'match-listener',
  refusal: new Refusal('route_not_found', why),
});
