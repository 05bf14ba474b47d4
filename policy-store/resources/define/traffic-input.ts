import type { TrafficPolicySpec } from '../kinds/traffic-policy.ts';
import type { Marks } from './mesh-document.ts';

/** A service by name, or a route of this mesh. */
export type TrafficTarget<Service extends string, Route extends string> = Service | { readonly route: Route };

/** Settings of a TrafficPolicy, and what they hold for. */
export type TrafficInput<Service extends string, Route extends string> = Omit<TrafficPolicySpec, 'targetRefs'> &
  Marks & { readonly on: TrafficTarget<Service, Route> | readonly TrafficTarget<Service, Route>[] };
