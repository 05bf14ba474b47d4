import type { Strength } from '../../snapshot/chunk.ts';
import type { MeshSettings, Revocations } from '../../snapshot/manifest.ts';
import type { Cancellation } from '../cancellation.ts';
import type { Body } from '../message.ts';
import type { ProvenIdentity } from './principal.ts';
import type { TrustKeys } from './trust-keys.ts';
import type { VerifiedWits } from './verified-wits.ts';

/** Identity headers as sent, every value. */
export interface CallerCredentials {
  readonly wit: readonly string[];
  readonly wpt: readonly string[];
  readonly authorization: string | undefined;
}

/** What of a pinned snapshot a credential is judged by. */
export interface IdentitySnapshot {
  readonly trust: TrustKeys;
  readonly revocations: Revocations;
  readonly mesh: MeshSettings;
}

/** What of a request a credential can be bound to: as much of the facts as is read. */
export interface CallToProve {
  readonly request: { readonly method: string };
  /** Raw, without `?`; undefined when the target had none. */
  readonly query: string | undefined;
  readonly body: Pick<Body, 'digest'>;
  readonly cancellation: Cancellation;
  /** Whose least strength counts. */
  readonly service: { readonly chunk: { readonly authn: Strength } };
}

/** What every profile judges by. */
export interface Judging {
  readonly credentials: CallerCredentials;
  /** Canonical URI of the called service without port and path: `http://orders.shop.mesh`. */
  readonly audience: string;
  readonly snapshot: IdentitySnapshot;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly call: CallToProve;
  readonly wits: VerifiedWits;
}

/**
 * One way to prove an identity, after one version of its draft: another version is another profile. Its other half, which
 * signs, is in the SDK. X.509-SVIDs (`mtls`) will be one whose credential comes with the connection.
 */
export interface CredentialProfile<Sent = unknown> {
  /** What of the request is a credential of this kind. Undefined: there is none. */
  extract(credentials: CallerCredentials): Sent | undefined;
  /**
   * Judges everything but revocations, which are judged on every call, and what `Proven.once` asks for.
   * @throws CredentialRefused
   */
  verify(sent: Sent, judging: Judging): Promise<Proven>;
}

/** What was proven, and what is left to ask before it counts. */
export interface Proven {
  readonly identity: ProvenIdentity;
  /** Milliseconds since the epoch: until then the same text proves the same to the same service. */
  readonly expiresAt: number;
  /** Present: good for one request alone. */
  readonly once?: SingleUse;
}

/** A credential for one request: it counts once the body is the one that was signed, and the first time alone. */
export interface SingleUse {
  /** Of all that name it, whatever its text is: thumbprint of the key and `jti`. */
  readonly key: string;
  /** When it need not be remembered any more, milliseconds since the epoch. */
  readonly until: number;
  /** base64url(SHA-256) that the body must have. */
  readonly bodyDigest: string;
}

/** Weakest first. A service accepts its least strength and all above. */
const STRENGTHS: readonly Strength[] = ['bearer', 'proof', 'strict-proof', 'mtls'];

/** False also for a least strength that this router does not know. */
export function isStrongEnough(strength: Strength, least: Strength): boolean {
  const needed = STRENGTHS.indexOf(least);
  return needed >= 0 && STRENGTHS.indexOf(strength) >= needed;
}
