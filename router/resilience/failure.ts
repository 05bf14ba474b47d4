import type { CancelReason } from '../cancellation.ts';
import { Refusal } from '../exchange.ts';

/** What a try or a wait that came to nothing is to the caller. @param internal for logs */
export function refusalOf(failure: 'connect' | 'reset' | CancelReason, internal: string): Refusal {
  switch (failure) {
    case 'connect':
      return new Refusal('upstream_connect_failure', 'No connection to the service could be made.', { internal });
    case 'reset':
      return new Refusal('upstream_reset', 'The service broke the connection off before it answered.', { internal });
    case 'upstream_timeout':
      return new Refusal('upstream_timeout', 'The service did not answer within the time for one try.', { internal });
    case 'deadline_exceeded':
      return new Refusal('deadline_exceeded', 'There was no answer within the time for the whole request.', {
        internal,
      });
    case 'revoked':
      return new Refusal('token_invalid', 'The identity of the caller was revoked while the call was under way.', {
        check: 'revoked',
        internal,
      });
    case 'client_closed':
    // The caller of a try that was superseded has its answer already.
    case 'superseded':
      return new Refusal('client_closed', 'The client went away before there was an answer.', { internal });
  }
}
