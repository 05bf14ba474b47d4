import type { Cancellation } from '../cancellation.ts';
import type { Refusal } from '../exchange.ts';
import type { Body } from '../message.ts';
import type { Clock } from '../ports.ts';
import { bounded } from './bounded.ts';
import type { TimeBounds } from './deadline.ts';
import { refusalOf } from './failure.ts';

/**
 * Reads a small body into memory, within the time of the request.
 * @returns a refusal when the body did not come; what was read of it is lost then
 */
export async function keepBody(of: {
  readonly clock: Clock;
  readonly cancellation: Cancellation;
  readonly body: Body;
  readonly bounds: TimeBounds;
  /** Bytes of a body that are kept at most. */
  readonly cap: number;
}): Promise<'kept' | 'stream' | Refusal> {
  // Heard at once: where the client has gone already nobody waits for it, and a rejection that nobody hears ends a program.
  const reading = of.body.buffer(of.cap)?.then(
    () => true,
    () => false,
  );
  if (reading === undefined) return 'stream';
  const { deadline } = of.bounds;
  const bound = deadline === undefined ? undefined : { at: deadline, reason: 'deadline_exceeded' as const };
  const read = await bounded(of.clock, of.cancellation, bound, () => reading);
  if ('cancelled' in read) return refusalOf(read.cancelled, 'while reading the request body');
  return read.value ? 'kept' : refusalOf('client_closed', 'the request body broke off');
}
