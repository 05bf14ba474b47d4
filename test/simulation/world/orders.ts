import type { TrafficSettings } from '../../../snapshot/chunk.ts';
import { serviceChunkAt } from '../../../snapshot/service-chunk.fake.ts';
import type { EndpointSettings } from './simulated-endpoint.ts';

type Changes = { readonly [Name in keyof TrafficSettings]?: Partial<TrafficSettings[Name]> | TrafficSettings[Name] };

const DEFAULTS: TrafficSettings = serviceChunkAt('shop/orders').traffic;

/** The settings of a service without a policy, with some of them changed, member by member. */
export function traffic(changes: Changes = {}): TrafficSettings {
  const settings: Record<string, unknown> = { ...DEFAULTS };
  for (const [name, change] of Object.entries(changes)) {
    const before = settings[name];
    settings[name] = typeof change === 'object' && typeof before === 'object' ? { ...before, ...change } : change;
  }
  return settings as unknown as TrafficSettings;
}

/** Endpoints `e1`, `e2`, ...: eight workers and 10 ms of work each, so that one can answer 800 requests a second. */
export const endpoints = (count: number, over: Partial<EndpointSettings> = {}, prefix = 'e'): EndpointSettings[] =>
  Array.from({ length: count }, (_, n) => ({ id: `${prefix}${n + 1}`, workers: 8, work: 10, ...over }));

/** Routers that know no region. */
export const routers = (count: number): undefined[] => new Array(count).fill(undefined);
