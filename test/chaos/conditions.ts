import { setTimeout as wait } from 'node:timers/promises';

/** How often a condition is looked at, milliseconds. */
const LOOK_EVERY = 25;

/**
 * Resolves when the condition holds. What a test waits for is never a time.
 * @param what for the message when it does not come to hold
 * @param seconds after which the test has failed
 */
export async function until(
  what: string,
  holds: () => boolean | undefined | Promise<boolean | undefined>,
  seconds = 60,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`after ${seconds} s still not: ${what}`);
    await wait(LOOK_EVERY);
  }
}
