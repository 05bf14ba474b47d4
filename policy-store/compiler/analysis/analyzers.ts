import type { Analyzer } from './analyzer.ts';
import { allowBehindDeny } from './analyzers/allow-behind-deny.ts';
import { anonymousAllowed } from './analyzers/anonymous-allowed.ts';
import { anyoneThroughGateway } from './analyzers/anyone-through-gateway.ts';
import { audiencesMissing } from './analyzers/audiences-missing.ts';
import { breakerOff } from './analyzers/breaker-off.ts';
import { budgetForbidsRetries } from './analyzers/budget-forbids-retries.ts';
import { certificateExpired, certificateExpiresSoon } from './analyzers/certificate-expiry.ts';
import { refusedAtApply, warnedAtApply } from './analyzers/compiler-words.ts';
import { denyByHeader } from './analyzers/deny-by-header.ts';
import { denyEverything } from './analyzers/deny-everything.ts';
import { denyWithoutRules } from './analyzers/deny-without-rules.ts';
import { endUsersUnknown } from './analyzers/end-users-unknown.ts';
import { fallbackToItself } from './analyzers/fallback-to-itself.ts';
import { faultByAnyone } from './analyzers/fault-by-anyone.ts';
import { faultDoesNothing } from './analyzers/fault-does-nothing.ts';
import { federationOfWholeOwner } from './analyzers/federation-of-whole-owner.ts';
import { foreignTrustDomain } from './analyzers/foreign-trust-domain.ts';
import { gatewayDenied } from './analyzers/gateway-denied.ts';
import { globalRateLimit } from './analyzers/global-rate-limit.ts';
import { hostNeverAsked } from './analyzers/host-never-asked.ts';
import { longInShadow } from './analyzers/long-in-shadow.ts';
import { methodNeverArrives } from './analyzers/method-never-arrives.ts';
import { noBackend } from './analyzers/no-backend.ts';
import { nobodyMayCall } from './analyzers/nobody-may-call.ts';
import { notAccepted } from './analyzers/not-accepted.ts';
import { omittableVia } from './analyzers/omittable-via.ts';
import { pathNeverArrives } from './analyzers/path-never-arrives.ts';
import { permissive } from './analyzers/permissive.ts';
import { policyNeverMatches } from './analyzers/policy-never-matches.ts';
import { portNeverUsed } from './analyzers/port-never-used.ts';
import { principalWithoutTrustDomain } from './analyzers/principal-without-trust-domain.ts';
import { principalsAtGateway } from './analyzers/principals-at-gateway.ts';
import { redundantRule } from './analyzers/redundant-rule.ts';
import { regionWithoutEndpoint } from './analyzers/region-without-endpoint.ts';
import { selectorSelectsNothing } from './analyzers/selector-selects-nothing.ts';
import { serviceWithoutEndpoints } from './analyzers/service-without-endpoints.ts';
import { targetNotFound } from './analyzers/target-not-found.ts';
import { tryOutlastsRequest } from './analyzers/try-outlasts-request.ts';
import { unknownNamespace } from './analyzers/unknown-namespace.ts';
import { unknownPrincipal } from './analyzers/unknown-principal.ts';
import { unknownServiceAccount } from './analyzers/unknown-service-account.ts';
import { unreachableMatch } from './analyzers/unreachable-match.ts';
import { unreachableRule } from './analyzers/unreachable-rule.ts';
import { unresolvedReference } from './analyzers/unresolved-reference.ts';
import { unsafeRetry } from './analyzers/unsafe-retry.ts';
import { workloadCannotEnrol } from './analyzers/workload-cannot-enrol.ts';
import { workloadMayCallNothing } from './analyzers/workload-may-call-nothing.ts';

/** THE list, by code: 00 documents as such, 01 authorization, 02 identity, 03 routes and traffic, 04 services, 05 certificates, 06 end users. */
export const ANALYZERS: readonly Analyzer[] = [
  notAccepted,
  unresolvedReference,
  refusedAtApply,
  warnedAtApply,
  policyNeverMatches,
  denyWithoutRules,
  allowBehindDeny,
  redundantRule,
  nobodyMayCall,
  denyEverything,
  unknownPrincipal,
  unknownNamespace,
  unknownServiceAccount,
  principalWithoutTrustDomain,
  foreignTrustDomain,
  anyoneThroughGateway,
  selectorSelectsNothing,
  targetNotFound,
  principalsAtGateway,
  hostNeverAsked,
  portNeverUsed,
  methodNeverArrives,
  pathNeverArrives,
  denyByHeader,
  omittableVia,
  longInShadow,
  permissive,
  workloadCannotEnrol,
  workloadMayCallNothing,
  federationOfWholeOwner,
  unreachableRule,
  unreachableMatch,
  noBackend,
  unsafeRetry,
  tryOutlastsRequest,
  gatewayDenied,
  budgetForbidsRetries,
  breakerOff,
  fallbackToItself,
  globalRateLimit,
  faultDoesNothing,
  faultByAnyone,
  regionWithoutEndpoint,
  serviceWithoutEndpoints,
  certificateExpired,
  certificateExpiresSoon,
  audiencesMissing,
  endUsersUnknown,
  anonymousAllowed,
];
