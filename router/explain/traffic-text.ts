import type { FaultRule, RateLimit } from '../../snapshot/route.ts';

/** Limits and faults in words, for explanations and descriptions. */

/** `15s`, `250ms`; 0 is no bound at all. */
export const timeText = (milliseconds: number): string =>
  milliseconds === 0 ? 'unbounded' : milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;

/** `12.5 %` of 0.125. */
export const percentText = (share: number): string => `${Math.round(share * 1000) / 10} %`;

/** `tenants 60/60s per x-tenant (shadow, global)`. */
export function limitText({ name, requests, window, per, mode, scope }: RateLimit): string {
  const whose = per === 'service' ? '' : per === 'caller' ? ' per caller' : ` per ${per.header}`;
  const marks = [...(mode === 'shadow' ? ['shadow'] : []), ...(scope === 'global' ? ['global'] : [])];
  return `${name} ${requests}/${timeText(window)}${whose}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`;
}

/** `shop/slow delay 2s of 10 %, abort 503 of 1 %`. */
export function faultText({ name, delay, abort, byHeader }: FaultRule): string {
  const what = [
    ...(delay === undefined ? [] : [`delay ${timeText(delay.duration)} of ${percentText(delay.share)}`]),
    ...(abort === undefined ? [] : [`abort ${abortStatus(abort)} of ${percentText(abort.share)}`]),
    ...(byHeader === undefined ? [] : [`as ${byHeader.principals.join(', ')} asks`]),
  ];
  return `${name} ${what.join(', ')}`;
}

const abortStatus = ({ status, grpcStatus }: NonNullable<FaultRule['abort']>): string =>
  grpcStatus === undefined ? String(status) : `grpc-status ${grpcStatus}`;
