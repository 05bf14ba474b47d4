import { type BoundKey, type MeshCredential, type MeshIdentity, newBoundKey } from './identity.ts';
import { MeshError } from './mesh-error.ts';
import { Renewed } from './renewed.ts';
import { requestToken } from './token-request.ts';

export interface FederatedOptions {
  readonly spiffeId: string;
  /** Issuer identifier of the mesh: the public URL of the policy store, without a trailing slash. */
  readonly issuer: string;
  /** A fresh OIDC token of the platform this service runs on, for the audience that its Workload names. */
  readonly idToken: () => Promise<string>;
}

/**
 * An identity that the platform vouches for (GitHub Actions, Kubernetes, Deno Deploy, Vercel, ...): its OIDC token is
 * exchanged (RFC 8693) for a token of the mesh, which is bound to a key that was made in this process and never leaves
 * it. Nothing secret has to be given to the service.
 */
export function federated(options: FederatedOptions): MeshIdentity {
  const { spiffeId, issuer } = options;
  const renewed = new Renewed<MeshCredential>();
  let key: BoundKey | undefined;
  return {
    spiffeId,
    refused: (wit) => renewed.dueNow((held) => held.wit === wit),
    credential(ports) {
      const renew = async (): Promise<MeshCredential> => {
        key ??= await newBoundKey(ports.crypto);
        const form = {
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: await platformToken(options),
          subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
          spiffe_id: spiffeId,
        };
        return requestToken({ issuer, spiffeId, key, form }, ports);
      };
      return renewed.get(ports.now(), renew, (error) => ports.warn(`the token was not renewed: ${String(error)}`));
    },
  };
}

async function platformToken({ idToken }: FederatedOptions): Promise<string> {
  try {
    return await idToken();
  } catch (error) {
    throw new MeshError('identity_unavailable', 'the platform gave no OIDC token (`idToken` failed)', { cause: error });
  }
}
