/**
 * Evidence that a call was authorised, bound to what was judged: `forward` asks for it. Only `authorize.ts` may import
 * this as a value (checked in .dependency-cruiser.cjs), so "forgot to authorise" does not compile.
 */
export class Permit {
  /** Makes the class nominal: an object literal of the same shape is no Permit. */
  readonly #sealed = true;
  /** `namespace/name` of the policy that allowed the call, or `mesh default`. */
  readonly decidedBy: string;

  constructor(decidedBy: string) {
    this.decidedBy = decidedBy;
  }

  static isGenuine(value: object): value is Permit {
    return #sealed in value && value.#sealed;
  }
}
