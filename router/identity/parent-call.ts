import { parseSpiffeId } from '../../snapshot/spiffe-id.ts';
import { readStrictJws } from '../../snapshot/strict-jws.ts';
import { type MaybePromise, Refusal } from '../exchange.ts';
import { CredentialRefused, checkDates, checkLife, naming, SKEW, textClaim } from './claims.ts';
import type { IdentitySnapshot } from './credential-profile.ts';
import { checkSignature } from './issued-identity.ts';
import { RecentlyUsed } from './recently-used.ts';
import { isRevokedId, isRevokedKey } from './revocation.ts';
import type { TrustKeys } from './trust-keys.ts';

/** Earlier callers that are told at most. */
export const MAX_VIA = 8;
/** Of a Mesh-Call, milliseconds. */
const LONGEST_LIFE = 30_000;

interface KnownParent {
  readonly callee: string;
  readonly trust: TrustKeys;
  readonly kid: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** SPIFFE IDs, oldest first. */
  readonly via: readonly string[];
}

/**
 * Reads `Mesh-Parent-Call`: the Mesh-Call that a service was called with and hands on when it calls in turn. Only what a
 * router of this mesh signed for exactly this caller counts, so the chain can be cut by a service, never made up.
 */
export class ParentCalls {
  readonly #known: RecentlyUsed<string, KnownParent>;

  /** @param size how many are remembered by their exact text */
  constructor(size = 4096) {
    this.#known = new RecentlyUsed(size);
  }

  /**
   * @param callee SPIFFE ID of who hands it on; undefined: nobody that is known
   * @param now milliseconds since the epoch
   * @returns SPIFFE IDs of the earlier callers, oldest first, at most eight
   */
  read(
    text: string,
    callee: string | undefined,
    snapshot: IdentitySnapshot,
    now: number,
  ): MaybePromise<readonly string[] | Refusal> {
    if (callee === undefined) return wrong('Mesh-Parent-Call was sent by a caller without identity', 'wrong_parent');
    const known = this.#known.get(text);
    if (known?.callee === callee && known.trust === snapshot.trust && known.expiresAt > now - SKEW) {
      return judge(known, snapshot);
    }
    return this.#readCold(text, callee, snapshot, now);
  }

  async #readCold(
    text: string,
    callee: string,
    snapshot: IdentitySnapshot,
    now: number,
  ): Promise<readonly string[] | Refusal> {
    try {
      const parent = await naming('Mesh-Parent-Call', verifyParent(text, callee, snapshot, now));
      this.#known.set(text, parent);
      return judge(parent, snapshot);
    } catch (error) {
      if (error instanceof CredentialRefused) return wrong(error.message, 'wrong_parent');
      throw error;
    }
  }
}

async function verifyParent(
  text: string,
  callee: string,
  { trust, mesh }: IdentitySnapshot,
  now: number,
): Promise<KnownParent> {
  const { header, payload } = readStrictJws(text, 'mesh-call+jwt', ['kid']);
  const expiresAt = checkDates(payload, now, LONGEST_LIFE + SKEW);
  checkLife(payload, expiresAt, LONGEST_LIFE);
  if (payload.aud !== callee) throw new CredentialRefused('its aud is not the caller that hands it on');
  const caller = payload.sub === undefined ? [] : [textClaim(payload, 'sub', 2048)];
  const via = [...listOfIds(payload.via), ...caller];
  if (!via.every((id) => parseSpiffeId(id) !== undefined)) throw new CredentialRefused('it names no SPIFFE IDs');
  const kid = header.kid as string;
  await checkSignature(text, trust.find(mesh.trustDomain, 'mesh-hop', kid), 'no hop key of the mesh has its kid');
  return { callee, trust, kid, expiresAt, via: via.slice(-MAX_VIA) };
}

function listOfIds(value: unknown): string[] {
  if (!Array.isArray(value) || value.length > MAX_VIA || !value.every((id) => typeof id === 'string')) {
    throw new CredentialRefused('its via is missing or malformed');
  }
  return value;
}

/** Who was revoked since gets nothing done through others either. */
function judge({ kid, via }: KnownParent, { revocations }: IdentitySnapshot): readonly string[] | Refusal {
  if (isRevokedKey(kid, revocations)) return wrong('Mesh-Parent-Call is refused: its key is revoked', 'revoked');
  return via.some((id) => isRevokedId(id, revocations))
    ? wrong('Mesh-Parent-Call is refused: an earlier caller is revoked', 'revoked')
    : via;
}

const wrong = (detail: string, check: 'wrong_parent' | 'revoked'): Refusal =>
  new Refusal('token_invalid', detail, { check });
