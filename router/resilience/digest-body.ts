import type { Cancellation } from '../cancellation.ts';
import { Refusal } from '../exchange.ts';
import type { Body } from '../message.ts';
import type { Clock } from '../ports.ts';
import { bounded } from './bounded.ts';
import { refusalOf } from './failure.ts';

/** Where a signature binds the body, a request may have at most so many bytes of it. */
export const DIGEST_CAP = 1024 * 1024;
/** Milliseconds that they may take to come. */
const LONGEST = 30_000;

/** base64url(SHA-256) of the body, which can be sent afterwards. @returns a refusal when it is too long or did not come */
export async function bodyDigest(
  clock: Clock,
  { body, cancellation }: { readonly body: Pick<Body, 'digest'>; readonly cancellation: Cancellation },
): Promise<string | Refusal> {
  const bound = { at: clock.now() + LONGEST, reason: 'deadline_exceeded' as const };
  const read = await bounded(clock, cancellation, bound, () =>
    body.digest(DIGEST_CAP).then(
      (value) => ({ value }),
      () => 'lost' as const,
    ),
  );
  if ('cancelled' in read) {
    return read.cancelled === 'deadline_exceeded'
      ? new Refusal('request_invalid', 'The request body did not come in time.', { status: 408 })
      : refusalOf(read.cancelled, 'while reading the request body');
  }
  if (read.value === 'lost') return refusalOf('client_closed', 'while reading the request body');
  return (
    read.value.value ??
    new Refusal('request_too_large', 'This service takes bodies of at most 1 MiB, because each is signed for.')
  );
}
