import type { FallbackSpec } from '../kinds/fallback.ts';
import type { FaultInjectionSpec } from '../kinds/fault-injection.ts';
import type { TrafficPolicySpec } from '../kinds/traffic-policy.ts';
import type { Marks } from './mesh-document.ts';

/** A service by name, or a route of this mesh. */
export type TrafficTarget<Service extends string, Route extends string> = Service | { readonly route: Route };

/** What answers when no endpoint can: a service by name, or the router itself. */
export type FallbackInput<Service extends string> = Service | { readonly answer: NonNullable<FallbackSpec['answer']> };

/** Settings of a TrafficPolicy, and what they hold for. */
export type TrafficInput<Service extends string, Route extends string> = Omit<
  TrafficPolicySpec,
  'targetRefs' | 'fallback'
> &
  Marks & {
    readonly on: TrafficTarget<Service, Route> | readonly TrafficTarget<Service, Route>[];
    readonly fallback?: FallbackInput<Service>;
  };

/** Trouble on purpose. Without `on` it holds for the rules that name it. */
export interface FaultInput<Service extends string, Route extends string, Caller extends string>
  extends Marks,
    Pick<FaultInjectionSpec, 'delay' | 'abort'> {
  readonly on?: TrafficTarget<Service, Route> | readonly TrafficTarget<Service, Route>[];
  /** Instead of both: these callers say by header what they want done to their requests. */
  readonly byHeader?: Caller | readonly Caller[];
}
