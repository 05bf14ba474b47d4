import type { Reply } from '../../router/index.ts';

/** How often an open stream asks, milliseconds. */
const EVERY = 1_000;

/**
 * Where nobody can end a stream from outside of its request, it asks by itself whether its caller was revoked.
 * @param awake called each time: an isolate without other requests hears of news only if somebody listens
 * @param end called once, when it was
 * @returns stops asking
 */
export function watchRevocation(reply: Reply, awake: () => void, end: () => void): () => void {
  if (reply.isRevoked === undefined) return () => undefined;
  const timer = setInterval(() => {
    awake();
    if (reply.isRevoked?.() !== true) return;
    clearInterval(timer);
    end();
  }, EVERY);
  return () => clearInterval(timer);
}
