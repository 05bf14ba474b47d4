import { Refusal } from '../exchange.ts';
import type { PinnedSnapshot, RouterParts, Screened } from '../facts.ts';
import type { Connection, RequestHead } from '../message.ts';
import { METHODS } from '../methods.ts';
import { isMeshHost, type ParsedAuthority, parseAuthority } from '../routing/authority.ts';
import { canonicalTarget } from '../routing/canonical-target.ts';
import { isTrustedProxy } from '../screening/client-address.ts';
import { type SortedHeaders, screenHeaders } from '../screening/screen-headers.ts';

/** A request that passed more routers than this goes round in a circle. */
const MAX_HOPS = 8;

/** What of an arrival is screened. */
export interface Received {
  readonly parts: Pick<RouterParts, 'reporter'>;
  readonly request: RequestHead;
  readonly connection: Pick<Connection, 'remoteAddress'>;
  readonly snapshot: Pick<PinnedSnapshot, 'mesh'>;
}

/** Makes of what was received what all later stages may trust the form of, or refuses it. Judges no one's rights. */
export function screen(facts: Received): Screened | Refusal {
  const { request } = facts;
  if (!METHODS.includes(request.method)) {
    return new Refusal('request_invalid', `Allowed methods: ${METHODS.join(', ')}.`, { status: 405 });
  }
  const sorted = screenHeaders(request.headers);
  if (sorted instanceof Refusal) return sorted;
  const hops = hopsOf(sorted);
  if (hops >= MAX_HOPS) {
    return new Refusal(
      'loop_detected',
      `The request passed ${hops} routers already: an endpoint leads back to a router.`,
    );
  }
  const origin = originForm(request, sorted);
  if (origin instanceof Refusal) return origin;
  const target = canonicalTarget(origin.target);
  if ('invalid' in target) return invalid(target.invalid);
  const atGateway = facts.parts.reporter === 'gateway';
  const authority = atGateway ? origin.authority : addressed(origin.authority, sorted, facts.snapshot.mesh.domain);
  if (authority instanceof Refusal) return authority;
  const parsed = parseAuthority(authority);
  if ('invalid' in parsed) return invalid(parsed.invalid);
  return {
    path: target.path,
    query: target.query,
    host: parsed.host,
    port: parsed.port ?? 80,
    authority,
    headers: sorted.headers,
    // The outside may not set deadlines: nobody there has a verified identity.
    meshHeaders: atGateway
      ? { deadline: undefined, attempt: undefined, hops }
      : {
          deadline: sorted.mesh.get('mesh-deadline'),
          attempt: sorted.mesh.get('mesh-attempt'),
          parentCall: sorted.mesh.get('mesh-parent-call'),
          faultDelay: sorted.mesh.get('mesh-fault-delay'),
          faultAbort: sorted.mesh.get('mesh-fault-abort'),
          hops,
        },
    forwarded: { ...sorted.forwarded, believed: isTrustedProxy(facts.connection.remoteAddress, facts.snapshot.mesh) },
    credentials: sorted.credentials,
  };
}

/** For one sentence about what is wrong, as the parsers give it. */
const invalid = (what: string): Refusal =>
  new Refusal('request_invalid', `${what.charAt(0).toUpperCase()}${what.slice(1)}.`);

/** Garbage counts as none: a loop through routers never makes any. */
function hopsOf(sorted: SortedHeaders): number {
  const text = sorted.mesh.get('mesh-hops');
  return text !== undefined && /^[0-9]{1,3}$/.test(text) ? Number(text) : 0;
}

/** Takes an absolute-form target apart; it and Host must speak of the same authority. */
function originForm(request: RequestHead, sorted: SortedHeaders): { target: string; authority: string } | Refusal {
  const { authority } = request;
  if (sorted.host !== undefined && sorted.host !== authority && !sameAuthority(sorted.host, authority)) {
    return invalid('host and the request target name different authorities');
  }
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(request.target);
  if (absolute === null) return { target: request.target, authority };
  const [, named = '', rest = ''] = absolute;
  if (!sameAuthority(named, authority)) return invalid('host and the request target name different authorities');
  return { target: rest.startsWith('/') ? rest : `/${rest}`, authority };
}

/** Host decides where it is under the mesh domain, else Mesh-Authority where it is given. */
function addressed(authority: string, sorted: SortedHeaders, domain: string): string | Refusal {
  const named = sorted.mesh.get('mesh-authority');
  // The same text twice needs no comparison: it is parsed once, by the caller.
  if (named === undefined || named === authority) return authority;
  const host = authority === '' ? undefined : parseAuthority(authority);
  if (host === undefined) return named;
  if ('invalid' in host) return invalid(host.invalid);
  if (!isMeshHost(host.host, domain)) return named;
  return sameAuthority(named, authority) ? authority : invalid('host and Mesh-Authority name different services');
}

function sameAuthority(a: string, b: string): boolean {
  const one = parseAuthority(a);
  const other = parseAuthority(b);
  return isValid(one) && isValid(other) && one.host === other.host && (one.port ?? 80) === (other.port ?? 80);
}

const isValid = (parsed: ParsedAuthority): parsed is Exclude<ParsedAuthority, { invalid: string }> =>
  !('invalid' in parsed);
