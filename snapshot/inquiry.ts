import type { ExplainRequest } from './explanation.ts';

/** Which part of a list is asked for. */
export interface PageOf {
  /** Entries before it; absent: none. */
  readonly offset?: number;
  /** Most entries; absent: 1,000. */
  readonly limit?: number;
}

/** `who-can`: which callers may make this call. */
export type WhoCanRequest = Pick<ExplainRequest, 'method' | 'url' | 'headers' | 'remoteAddress' | 'strength' | 'via'> &
  PageOf;

/** An identity that the mesh's own documents give to somebody. */
export interface KnownPrincipal {
  /** SPIFFE ID. */
  readonly id: string;
  /** `Workload shop/cart`, `Service shop/orders`, `Gateway shop/edge`. */
  readonly of: readonly string[];
}

/** What becomes of the call when one principal makes it. */
export interface CallerVerdict {
  /** SPIFFE ID; null: a caller without identity. */
  readonly principal: string | null;
  readonly of: readonly string[];
  /** `partly`: the backends of its route decide differently. */
  readonly may: 'yes' | 'no' | 'partly';
  /** `namespace/name` of the policy that decides, or `mesh default`; absent when policies are not asked. */
  readonly decidedBy?: string;
  /** The code that the call ends with, when it does not go through. */
  readonly reason?: string;
}

/** A rule of an ALLOW policy that may let in more callers than the known ones. */
export interface OpenRule {
  /** `namespace/name`. */
  readonly policy: string;
  readonly rule: number;
  /** `namespaces shop`; `anyone` where the rule asks nothing of the caller. */
  readonly from: string;
}

export interface WhoCan {
  readonly revision: number;
  /** Why the call ends before any caller counts: no such service, no valid URL. */
  readonly stopped?: { readonly reason: string; readonly summary: string };
  /** One page of the known principals, by ID. */
  readonly callers: readonly CallerVerdict[];
  /** How many known principals there are. */
  readonly total: number;
  readonly nobody?: CallerVerdict;
  /** An identity of the mesh that no document names. */
  readonly unknown?: CallerVerdict;
  /** Rules that let in whoever fits, whether or not a document names them; a DENY may still keep some of them out. */
  readonly others: readonly OpenRule[];
}

/** `what-can`: what one principal may do. */
export interface WhatCanRequest extends PageOf {
  /** SPIFFE ID, or `namespace/name` of a Workload, Service or Gateway. */
  readonly principal: string;
}

/** A rule, as far as it is about this principal. */
export interface ReachedBy {
  /** `namespace/name` of the policy, or `mesh default`. */
  readonly policy: string;
  /** Index of the rule; absent for the mesh default and for a policy that is broken. */
  readonly rule?: number;
  /** `methods GET, paths /a*`, one entry for each alternative; empty: every request. */
  readonly to: readonly string[];
  /** What else must hold: headers, addresses. */
  readonly when: readonly string[];
}

/** What a principal may do at one service. */
export interface ServiceAccess {
  /** `namespace/name`. */
  readonly service: string;
  /** `some`: what `allows` say, less what `denies` say. */
  readonly access: 'all' | 'some' | 'none';
  readonly allows: readonly ReachedBy[];
  readonly denies: readonly ReachedBy[];
  /** Backends of its routes with policies of their own, which do not let everything of this principal pass. */
  readonly backends: readonly { readonly service: string; readonly access: 'some' | 'none' }[];
}

export interface WhatCan {
  readonly revision: number;
  /** SPIFFE ID. */
  readonly principal: string;
  /** Documents that give it out; empty: none does. */
  readonly of: readonly string[];
  /** Why it may do nothing at all: not an identity of this mesh, or revoked. */
  readonly refused?: string;
  /** One page of the services, by name. */
  readonly services: readonly ServiceAccess[];
  readonly total: number;
}

/** Most known principals that are judged, and most entries of one page. */
export const MAX_PRINCIPALS = 10_000;
export const MAX_PAGE = 1_000;
