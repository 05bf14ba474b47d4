import { expect, test } from 'vitest';
import { Cancellation } from '../cancellation.ts';
import { Refusal } from '../exchange.ts';
import { FakeBody, FakeClock } from '../ports.fake.ts';
import { keepBody } from './keep-body.ts';

const bounds = { deadline: undefined, tryTimeout: 0, byCaller: false };

/** A body of a client that goes away. */
class LostBody extends FakeBody {
  override buffer(): Promise<void> {
    return Promise.reject(new Error('the client went away'));
  }
}

// A rejection that nobody hears fails the run.
test.each([true, false])(
  'a body that breaks off is a refusal, also when the client is known to have gone: %s',
  async (gone) => {
    const cancellation = new Cancellation();
    if (gone) cancellation.cancel('client_closed');
    const kept = await keepBody({ clock: new FakeClock(), cancellation, body: new LostBody(10), bounds, cap: 100 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(kept instanceof Refusal && kept.reason).toBe('client_closed');
  },
);
