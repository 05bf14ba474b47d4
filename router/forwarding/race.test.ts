import { expect, test } from 'vitest';
import { Cancellation } from '../cancellation.ts';
import { HeaderList } from '../headers.ts';
import { FakeClock, FakeUpstreamBody } from '../ports.fake.ts';
import type { Outcome } from './outcome.ts';
import { type Racer, race } from './race.ts';

interface Run {
  readonly racer: Racer;
  end(outcome: Outcome): void;
  cancelled: string | undefined;
}

function runner(): Run {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const run: Run = {
    racer: (client) => {
      client.onCancel((reason) => {
        run.cancelled = reason;
      });
      return promise;
    },
    end: resolve,
    cancelled: undefined,
  };
  return run;
}

const answer = (status: number): Outcome & { response: { body: FakeUpstreamBody } } => ({
  response: { status, headers: new HeaderList(), body: new FakeUpstreamBody() },
});
const reset: Outcome = { failure: 'reset', unprocessed: false, message: '' };

function started({ hedge = true } = {}) {
  const clock = new FakeClock();
  const client = new Cancellation();
  const [first, second] = [runner(), runner()];
  const result = race(
    { clock, client, delay: 50 },
    first.racer,
    () => (hedge ? second.racer : undefined),
    (outcome) => 'response' in outcome && outcome.response.status === 200,
  );
  return { clock, client, first, second, result };
}

test('who answers in time is alone', async () => {
  const { clock, first, result } = started();
  const won = answer(200);
  first.end(won);
  expect(await result).toBe(won);
  expect(clock.pendingTimers).toBe(0);
});

test('the first good answer wins, the other try is cancelled, and its answer is let go when it comes all the same', async () => {
  const { clock, first, second, result } = started();
  clock.next();
  const [won, late] = [answer(200), answer(200)];
  second.end(won);
  expect(await result).toBe(won);
  expect([first.cancelled, second.cancelled]).toEqual(['superseded', undefined]);
  first.end(late);
  await clock.settle(Promise.resolve());
  expect([late.response.body.discarded, won.response.body.discarded]).toEqual([true, false]);
});

test('a bad answer waits for the other try', async () => {
  const { clock, first, second, result } = started();
  clock.next();
  const [bad, won] = [answer(503), answer(200)];
  first.end(bad);
  await clock.settle(Promise.resolve());
  second.end(won);
  expect(await result).toBe(won);
  expect(bad.response.body.discarded).toBe(true);
});

test('of two bad ones an answer tells more than none', async () => {
  const { clock, first, second, result } = started();
  clock.next();
  const bad = answer(503);
  first.end(bad);
  await clock.settle(Promise.resolve());
  second.end(reset);
  expect(await result).toBe(bad);
  expect(bad.response.body.discarded).toBe(false);
});

test('what fails before the time is not raced', async () => {
  const { clock, first, result } = started();
  first.end(reset);
  expect(await result).toBe(reset);
  expect(clock.pendingTimers).toBe(0);
});

test('where no second try may be sent the first goes on', async () => {
  const { clock, first, result } = started({ hedge: false });
  clock.next();
  const won = answer(200);
  first.end(won);
  expect(await result).toBe(won);
});

test('a client that goes away ends both', async () => {
  const { clock, client, first, second } = started();
  clock.next();
  client.cancel('client_closed');
  expect([first.cancelled, second.cancelled]).toEqual(['client_closed', 'client_closed']);
});
