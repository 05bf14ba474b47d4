/** Milliseconds between looks. */
const STEP = 10;

/**
 * Waits for what somebody else is doing, by looking. No promise is shared: on Workers a promise that another request
 * made must not be awaited.
 * @param longest milliseconds; whoever was waited for may never come back
 * @returns whether it is done
 */
export async function lookUntil(done: () => boolean, longest: number): Promise<boolean> {
  for (let waited = 0; !done(); waited += STEP) {
    if (waited >= longest) return false;
    await new Promise((resolve) => setTimeout(resolve, STEP));
  }
  return true;
}
