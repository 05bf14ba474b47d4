import type { Strength } from '../../../snapshot/chunk.ts';
import type { Marks } from './mesh-document.ts';

/**
 * Who calls: a service, gateway or workload by name, `*` for everyone with an identity, or what has no name here.
 * Principals are written as Istio does (`mesh.local/ns/shop/sa/cart`).
 */
export type CallerInput<Caller extends string> =
  | Caller
  | '*'
  | { readonly principal: string }
  | { readonly namespace: string };

/** Any of these callers; or anyone at all, with or without identity. */
export type FromInput<Caller extends string> =
  | CallerInput<Caller>
  | readonly CallerInput<Caller>[]
  | { readonly anyone: true };

interface PolicySettings<Target extends string, Caller extends string> extends Marks {
  /** Services or gateways whose callers are judged; `*`: every service of the policy's namespace. */
  readonly to: Target | '*' | readonly Target[];
  /** Only calls on behalf of any of these: an earlier caller of the chain. */
  readonly via?: Caller | readonly Caller[];
  /** Only calls of callers that were proven with one of these strengths. */
  readonly authn?: readonly Strength[];
  readonly methods?: readonly string[];
  /** `/a`, `/a/*`, `*.json`, `*`. */
  readonly paths?: readonly string[];
  readonly notMethods?: readonly string[];
  readonly notPaths?: readonly string[];
}

/** Lets callers do something, or keeps them from it. A denial beats every permission. */
export type PolicyInput<Target extends string, Caller extends string> = PolicySettings<Target, Caller> &
  (
    | { readonly allow: FromInput<Caller>; readonly deny?: never }
    | { readonly deny: FromInput<Caller>; readonly allow?: never }
  );
