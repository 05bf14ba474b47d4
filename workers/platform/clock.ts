import type { Clock } from '../../router/ports.ts';

/** Timers take a 32-bit number of milliseconds; a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1;

/** The runtime's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), LONGEST));
    return () => clearTimeout(timer);
  },
};
