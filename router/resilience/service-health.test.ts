import { describe, expect, test } from 'vitest';
import { chunkWith, Watched } from './health.fake.ts';
import { HealthRegistry } from './health-registry.ts';
import { LatencyWindow } from './latency-window.ts';

const three = (changes?: Parameters<typeof chunkWith>[1]) => new Watched(chunkWith({ a: 1, b: 1, c: 1 }, changes));

describe('an endpoint whose breaker is open', () => {
  test('gets nothing, then one request that can be sent again, then all or nothing', () => {
    const watched = three();
    watched.end('a', 'failure', 7);
    for (let n = 0; n < 30; n++) expect(watched.chosen()).not.toBe('a');
    watched.now += 1500;
    expect(watched.chosen()).toBe('a');
    const probe = watched.begin('a');
    for (let n = 0; n < 30; n++) expect(watched.chosen()).not.toBe('a');
    probe('success');
    expect(new Set(Array.from({ length: 30 }, () => watched.chosen())).has('a')).toBe(true);
  });

  test('a request that can not be sent again probes only where nothing else is left, or nobody came for long', () => {
    const watched = three();
    watched.end('a', 'failure', 7);
    watched.now += 1500;
    for (let n = 0; n < 30; n++) expect(watched.chosen({ probe: 'last' })).not.toBe('a');
    expect(watched.chosen({ probe: 'last', tried: ['b', 'c'] })).toBe('a');
    watched.now += 5000;
    expect(watched.chosen({ probe: 'last' })).toBe('a');
    expect(watched.chosen({ probe: 'never' })).not.toBe('a');
  });

  test('a probe that is never heard of again is followed by another, and says nothing any more', () => {
    const watched = three();
    watched.end('a', 'failure', 7);
    watched.now += 1500;
    const lost = watched.begin('a', 2000);
    watched.now += 1999;
    expect(watched.chosen()).not.toBe('a');
    watched.now += 1;
    expect(watched.chosen()).toBe('a');
    watched.begin('a');
    lost('success');
    expect(watched.entry('a').breaker.phase).toBe('probing');
  });

  test('the caller of a probe goes away: the next request probes', () => {
    const watched = three();
    watched.end('a', 'failure', 7);
    watched.now += 1500;
    watched.begin('a')('abandoned');
    expect(watched.chosen()).toBe('a');
  });
});

describe('all endpoints out', () => {
  test('no try is made, until one of them may be probed', () => {
    const watched = three();
    for (const id of ['a', 'b', 'c']) watched.end(id, 'failure', 7);
    expect([watched.chosen(), watched.health.isUsable(watched.now)]).toEqual(['open', false]);
    watched.now += 1500;
    expect(['a', 'b', 'c']).toContain(watched.chosen({ probe: 'last' }));
    expect(watched.health.isUsable(watched.now)).toBe(true);
  });

  test('there are none: that is something else', () => {
    expect(new Watched(chunkWith({ off: 0 })).chosen()).toBe('none');
    expect(new Watched(chunkWith({})).chosen()).toBe('none');
  });

  test('in panic all of them are used', () => {
    const watched = three({ breaker: { panicThreshold: 0.5 } });
    watched.end('a', 'failure', 7);
    for (let n = 0; n < 30; n++) expect(watched.chosen()).not.toBe('a');
    watched.end('b', 'failure', 7);
    expect(new Set(Array.from({ length: 50 }, () => watched.chosen({ probe: 'never' })))).toEqual(
      new Set(['a', 'b', 'c']),
    );
  });
});

test('what was tried is tried again when there is nothing else', () => {
  const watched = three();
  expect(['a', 'b', 'c']).toContain(watched.chosen({ tried: ['a', 'b', 'c'] }));
});

describe('a session', () => {
  test('keeps its endpoint, whatever its weight, as long as that is in', () => {
    const watched = new Watched(chunkWith({ a: 1, off: 0 }, { outlier: OUTLIER }));
    expect(watched.chosen({ pinned: 'off' })).toBe('off');
    watched.end('off', 'success', 3, 10);
    for (let n = 0; n < 3; n++) watched.begin('off')('success', 10, true);
    expect(watched.chosen({ pinned: 'off' })).toBe('a');
  });

  test('finds out itself whether it is back', () => {
    const watched = three();
    watched.end('a', 'failure', 7);
    expect(watched.chosen({ pinned: 'a' })).not.toBe('a');
    watched.now += 1500;
    expect(watched.chosen({ pinned: 'a', probe: 'last' })).toBe('a');
  });
});

const OUTLIER = {
  consecutive5xx: 3,
  interval: 10_000,
  baseEjection: 30_000,
  maxEjection: 300_000,
  maxEjectionPercent: 10,
};

test('outlier detection counts answers of 500, and puts out one at a time', () => {
  const watched = three({ outlier: OUTLIER });
  for (const id of ['a', 'b']) for (let n = 0; n < 3; n++) watched.begin(id)('success', 1, true);
  expect(watched.health.entries.map(({ outlier }) => outlier.until > watched.now)).toEqual([true, false, false]);
  watched.now += 30_000;
  expect(new Set(Array.from({ length: 30 }, () => watched.chosen())).has('a')).toBe(true);
});

describe('by a rate', () => {
  const rate = { breaker: { successRate: { threshold: 0.8, window: 10_000, minimum: 20 } } };

  test('an endpoint is put out that fails now and then, a 429 counted', () => {
    const watched = three(rate);
    for (let n = 0; n < 5; n++) {
      watched.end('a', 'success', 3);
      watched.end('a', n % 2 === 0 ? 'failure' : 'neutral');
    }
    expect(watched.entry('a').breaker.phase).toBe('open');
  });

  test('not when half of the endpoints are out: then it is not the endpoint', () => {
    const watched = three(rate);
    for (const id of ['a', 'b']) watched.end(id, 'neutral', 30);
    expect(['a', 'b'].map((id) => watched.entry(id).breaker.phase)).toEqual(['open', 'closed']);
  });
});

test('a 429 is slow, however fast it came', () => {
  const watched = new Watched(chunkWith({ full: 1, free: 1 }));
  watched.end('full', 'neutral', 1, 5000);
  watched.end('free', 'success', 1, 300);
  for (let n = 0; n < 20; n++) expect(watched.chosen()).toBe('free');
});

test('an abandoned try can only make its endpoint look slower', () => {
  const watched = three();
  watched.end('a', 'abandoned', 1, 1);
  expect(watched.entry('a').latency).toEqual({ value: 30, at: 1_000_000 });
  watched.end('a', 'abandoned', 1, 900);
  expect(watched.entry('a').latency.value).toBe(900);
});

test('only good answers are what hedging goes by', () => {
  const watched = three();
  watched.health.latencies = new LatencyWindow();
  watched.end('a', 'failure', 7, 9000);
  watched.end('b', 'success', 32, 20);
  expect(watched.health.latencies.p95).toBe(20);
});

test('tries that are never heard of again are forgotten within two minutes', () => {
  const watched = three();
  const lost = watched.begin('a');
  watched.now += 59_000;
  const second = watched.begin('a');
  expect(watched.entry('a').pending(watched.now)).toBe(2);
  watched.now += 61_000;
  second('success');
  watched.now += 60_000;
  expect(watched.entry('a').pending(watched.now)).toBe(0);
  lost('success');
  expect(watched.entry('a').pending(watched.now)).toBe(0);
});

describe('regions', () => {
  const placed = { eu1: { region: 'eu' }, eu2: { region: 'eu' }, us: { region: 'us' }, ap: { region: 'ap' } };
  const chunk = chunkWith(placed, { balancing: { regions: ['us'] } });
  const inEu = () => new Watched(chunk, { region: 'eu' });

  test('one after the other, as breakers open', () => {
    const watched = inEu();
    const from = () => new Set(Array.from({ length: 30 }, () => watched.chosen()));
    expect(from()).toEqual(new Set(['eu1', 'eu2']));
    watched.end('eu1', 'failure', 7);
    expect(from()).toEqual(new Set(['eu2']));
    watched.end('eu2', 'failure', 7);
    expect(from()).toEqual(new Set(['us']));
    watched.end('us', 'failure', 7);
    expect(from()).toEqual(new Set(['ap']));
  });

  test('a retry stays at home, unless there was no answer', () => {
    const watched = inEu();
    expect(watched.chosen({ tried: ['eu1'] })).toBe('eu2');
    expect(watched.chosen({ tried: ['eu1'], away: true })).toBe('us');
    expect(watched.chosen({ tried: ['eu1', 'us', 'ap'], away: true })).toBe('eu2');
  });
});

describe('a newer chunk', () => {
  test('leaves what is known of endpoints that stay', () => {
    const watched = three();
    watched.end('a', 'failure', 7);
    watched.health.follow(chunkWith({ a: 5, d: 1 }), watched.now);
    expect([watched.entry('a').breaker.phase, watched.entry('a').endpoint.weight]).toEqual(['open', 5]);
    expect(watched.chosen()).toBe('d');
  });

  test('is what rates are judged by from then on', () => {
    const rate = (minimum: number) => ({ breaker: { successRate: { threshold: 0.8, window: 10_000, minimum } } });
    const watched = new Watched(chunkWith({ a: 1, b: 1 }, rate(20)));
    watched.end('a', 'neutral', 10);
    watched.health.follow(chunkWith({ a: 1, b: 1 }, rate(5)), watched.now);
    watched.end('a', 'neutral', 5);
    expect(watched.entry('a').breaker.phase).toBe('open');
  });

  test('and an older one, of a request that began before, makes nothing forgotten', () => {
    const watched = three();
    const [older, newer] = [chunkWith({ a: 1, b: 1 }), chunkWith({ b: 1, d: 1 })];
    watched.end('a', 'failure', 7);
    watched.health.follow(newer, watched.now);
    watched.end('d', 'failure', 7);
    watched.health.follow(older, watched.now);
    expect(watched.chosen()).toBe('b');
    watched.health.follow(newer, watched.now);
    expect(watched.entry('d').breaker.phase).toBe('open');
  });

  test('what ends at an endpoint that has left disturbs nobody', () => {
    const watched = three();
    const ended = Array.from({ length: 7 }, () => watched.begin('a'));
    watched.health.follow(chunkWith({ b: 1 }), watched.now);
    for (const end of ended) end('failure');
    expect(watched.chosen()).toBe('b');
  });
});

test('services that were not called for longest are forgotten', () => {
  const registry = new HealthRegistry();
  const chunkOf = (n: number) => ({ ...chunkWith({ a: 1 }), name: `s${n}` });
  for (let n = 0; n < 5000; n++) registry.of(chunkOf(n), 0);
  expect([...registry.values()].length).toBe(4096);
  const last = chunkOf(4999);
  expect(registry.of(last, 0)).toBe(registry.of(last, 0));
});
