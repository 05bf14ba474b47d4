export { mintWit, signManifest, WIT_LIFETIME, type WitRequest } from './minting.ts';
export type { TokenAnswer } from './oauth-error.ts';
export { type OidcExpectation, TokenRefused, unverifiedIssuer, verifyOidcToken } from './oidc-token.ts';
export { unwrapPrivateKey, wrapPrivateKey } from './private-key.ts';
export type { RegisteredWorkload } from './proof-of-key.ts';
export {
  ensureKeys,
  generateSigningKey,
  type KeyClass,
  type KeyRepository,
  type SigningKey,
  trustBundleOf,
} from './signing-key.ts';
export { answerTokenRequest, type TokenRequestDeps } from './token-request.ts';
export { checkWorkloadKey } from './workload-key.ts';
