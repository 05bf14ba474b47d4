export { type KeyCircumstances, pendingActions, publishKey, replaceKey, tendKeys } from './key-changes.ts';
export {
  KEY_CLASSES,
  type KeyAction,
  type KeyState,
  keyPolicy,
  nextStep,
  stateOf,
  untilNextLook,
} from './key-schedule.ts';
export { mintJwtSvid, mintWit, signManifest, WIT_LIFETIME, type WitRequest } from './minting.ts';
export type { TokenAnswer } from './oauth-error.ts';
export { type OidcExpectation, TokenRefused, unverifiedIssuer, verifyOidcToken } from './oidc-token.ts';
export { unwrapPrivateKey, wrapPrivateKey } from './private-key.ts';
export type { RegisteredWorkload } from './proof-of-key.ts';
export {
  generateSigningKey,
  type KeyClass,
  type KeyRecord,
  type KeyRepository,
  type SigningKey,
  trustBundleOf,
} from './signing-key.ts';
export { GRANT_TYPES } from './token-form.ts';
export { answerTokenRequest, type TokenRequestDeps } from './token-request.ts';
export { checkWorkloadKey, thumbprintOf } from './workload-key.ts';
export { verifyWorkloadRequest, type WorkloadRequest } from './workload-proof.ts';
