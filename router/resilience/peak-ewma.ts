/** What an endpoint that nobody has asked yet is taken for, milliseconds. */
export const FIRST_GUESS = 30;
/** Over this time a sample loses most of its weight, milliseconds. */
const DECAY = 10_000;

/** How slow an endpoint is, milliseconds, as last seen at `at`. */
export interface Latency {
  readonly value: number;
  readonly at: number;
}

/**
 * Believes a slower answer at once and a faster one slowly (peak EWMA, as in Finagle and Linkerd), so that an endpoint that turns bad
 * is left before its queue is long.
 */
export function withSample(latency: Latency, sample: number, now: number): Latency {
  const before = latencyAt(latency, now);
  if (sample >= before) return { value: sample, at: now };
  const weight = Math.exp(-Math.max(0, now - latency.at) / DECAY);
  return { value: latency.value * weight + sample * (1 - weight), at: now };
}

/** An endpoint that is left alone is forgiven with time: without that a single slow answer would be held against it for ever. */
export const latencyAt = ({ value, at }: Latency, now: number): number =>
  now <= at ? value : value * Math.exp((at - now) / DECAY);
