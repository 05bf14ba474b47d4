import { SKEW } from './claims.ts';
import { RecentlyUsed } from './recently-used.ts';
import type { TrustKeys } from './trust-keys.ts';
import { type VerifiedWit, verifyWit } from './wit.ts';

/** Verifies workload identity tokens once, by their exact text, until they expire or the trust bundle changes. */
export class VerifiedWits {
  readonly #known: RecentlyUsed<string, { readonly trust: TrustKeys; readonly wit: VerifiedWit }>;

  /** @param size how many are remembered */
  constructor(size: number) {
    this.#known = new RecentlyUsed(size);
  }

  /**
   * @param now milliseconds since the epoch
   * @throws CredentialRefused, JwsRejected
   */
  async verify(text: string, trust: TrustKeys, now: number): Promise<VerifiedWit> {
    const known = this.#known.get(text);
    if (known !== undefined && known.trust === trust && known.wit.expiresAt > now - SKEW) return known.wit;
    const wit = await verifyWit(text, trust, now);
    this.#known.set(text, { trust, wit });
    return wit;
  }
}
