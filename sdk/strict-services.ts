import { parseMeshAddress } from './mesh-address.ts';

const MAX_LEARNT = 256;

/** The services that take proofs for one request only: those that were named, and those that said so. */
export class StrictServices {
  readonly #named: ReadonlySet<string>;
  readonly #learnt = new Set<string>();

  /**
   * @param named authorities: `payments.shop.mesh`
   * @throws MeshError `address_invalid`
   */
  constructor(named: readonly string[], domain: string) {
    this.#named = new Set(named.map((authority) => parseMeshAddress(`http://${authority}`, domain).audience));
  }

  /** @param audience canonical URI */
  has(audience: string): boolean {
    return this.#named.has(audience) || this.#learnt.has(audience);
  }

  learn(audience: string): void {
    const oldest = this.#learnt.size >= MAX_LEARNT ? this.#learnt.values().next().value : undefined;
    if (oldest !== undefined) this.#learnt.delete(oldest);
    this.#learnt.add(audience);
  }
}
