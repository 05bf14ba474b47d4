import type { HeaderList } from '../headers.ts';
import type { Draw } from './rate-draw.ts';
import { tokensIn, waitFor } from './token-bucket.ts';

/** Both fields as in draft-ietf-httpapi-ratelimit-headers-10. */
const stateItem = ({ limit, count, bucket }: Draw, seconds: number, now: number): string =>
  `${count.quoted};r=${tokensIn(bucket.fullAt, limit, now)};t=${seconds}`;

const policyOf = (draws: readonly Draw[]): string => draws.map(({ count }) => count.policy).join(', ');

const inForce = (draws: readonly Draw[]): readonly Draw[] => draws.filter(({ limit }) => limit.mode === 'enforce');

const seconds = (ms: number): number => Math.ceil(ms / 1000);

/** Of a refusal: the limits, the one that refuses, when to come back; and the three headers of older clients. */
export function refusalHeaders(draws: readonly Draw[], by: Draw, now: number): Record<string, string> {
  const wait = Math.max(1, seconds(waitFor(by.bucket.fullAt, 1, by.limit, now)));
  return {
    'retry-after': String(wait),
    'ratelimit-policy': policyOf(inForce(draws)),
    ratelimit: stateItem(by, wait, now),
    'ratelimit-limit': String(by.limit.requests),
    'ratelimit-remaining': '0',
    'ratelimit-reset': String(wait),
  };
}

/** Of an answer that passed: the limits, and the one that is nearest, until it is full again. */
export function tellLimits(headers: HeaderList, draws: readonly Draw[], now: number): void {
  const told = inForce(draws);
  const left = (draw: Draw): number => tokensIn(draw.bucket.fullAt, draw.limit, now);
  const nearest = told.reduce<Draw | undefined>((a, b) => (a !== undefined && left(a) <= left(b) ? a : b), undefined);
  if (nearest === undefined) return;
  // A service may tell limits of its own: both fields are lists.
  headers.append('ratelimit-policy', policyOf(told));
  headers.append('ratelimit', stateItem(nearest, seconds(Math.max(0, nearest.bucket.fullAt - now)), now));
}
