/** Who calls, as the mesh has established and allowed it. */
export interface Caller {
  /** Null: the caller has no identity, and this service lets such callers in (PERMISSIVE). */
  readonly spiffeId: string | null;
  /** Set when the ID has the form `/ns/<namespace>/sa/<service account>`. */
  readonly namespace: string | undefined;
  readonly serviceAccount: string | undefined;
  /** Earlier callers, oldest first. A caller can leave them out, so nothing follows from one that is not there. */
  readonly via: readonly string[];
  /** The policy that allowed the call. */
  readonly policy: string;
  /** Generation of the policies that decided. */
  readonly generation: number;
  /** The router that let it pass. */
  readonly router: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}
