import { describe, expect, test } from 'vitest';
import { type AdaptiveLimit, afterAnswer, afterIdle, unlimited } from './adaptive-limit.ts';

const POLICY = { minimum: 4, maximum: 1_000 };
/** So many requests at the same time are served, each in this mean time (ms); all others wait. */
const WORKERS = 20;
const MEAN = 20;
/** Answers a millisecond that it can give. */
const CAPACITY = WORKERS / MEAN;

interface Request {
  readonly cameAt: number;
  readonly needs: number;
}

/** The same chances on every run (mulberry32). */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A service whose workers take from one queue without end, behind a router that limits it; steps of one millisecond. */
class Scene {
  state: AdaptiveLimit;
  now = 0;
  /** Since the last `reset`. */
  answered = 0;
  refused = 0;
  took = 0;
  /** Milliseconds that the service needs for one request, as a multiple of what it needed at first. */
  slowness = 1;
  readonly #chance: () => number;
  readonly #queue: Request[] = [];
  #working: (Request & { readonly endsAt: number })[] = [];
  readonly #limited: boolean;

  constructor(seed: number, limited = true) {
    this.#chance = chances(seed);
    this.#limited = limited;
    this.state = unlimited(POLICY, 0);
  }

  get atWork(): number {
    return this.#queue.length + this.#working.length;
  }

  /** @param load share of the capacity that comes in */
  run(ms: number, load: number): void {
    this.answered = 0;
    this.refused = 0;
    this.took = 0;
    for (const end = this.now + ms; this.now < end; this.now++) {
      for (let due = poisson(load * CAPACITY, this.#chance); due > 0; due--) this.#come();
      const done = this.#working.filter(({ endsAt }) => endsAt <= this.now);
      this.#working = this.#working.filter(({ endsAt }) => endsAt > this.now);
      for (const { cameAt } of done) this.#answer(this.now - cameAt, this.atWork + 1);
      while (this.#working.length < WORKERS && this.#queue.length > 0) {
        const next = this.#queue.shift() as Request;
        this.#working.push({ ...next, endsAt: this.now + next.needs * this.slowness });
      }
    }
  }

  #come(): void {
    this.state = afterIdle(this.state, this.now, POLICY);
    if (this.#limited && this.atWork >= this.state.limit) this.refused++;
    else this.#queue.push({ cameAt: this.now, needs: -Math.log(1 - this.#chance()) * MEAN });
  }

  #answer(took: number, atWork: number): void {
    this.answered++;
    this.took += took;
    this.state = afterAnswer(this.state, took, atWork, this.now, POLICY);
  }

  /** Milliseconds. */
  get meanTime(): number {
    return this.took / this.answered;
  }
}

function poisson(mean: number, chance: () => number): number {
  let count = 0;
  for (let product = chance(); product > Math.exp(-mean); product *= chance()) count++;
  return count;
}

describe.each([1, 2, 3])('seed %i', (seed) => {
  test('under its capacity nothing is refused', () => {
    const scene = new Scene(seed);
    scene.run(60_000, 0.7);
    expect(scene.refused).toBe(0);
  });

  test('overload settles: the service works at its capacity and answers in time, where without a limit it drowns', () => {
    const scene = new Scene(seed);
    scene.run(10_000, 0.5);
    scene.run(10_000, 2);
    scene.run(60_000, 2);
    expect(scene.answered / 60_000).toBeGreaterThan(0.95 * CAPACITY);
    expect(scene.meanTime).toBeLessThan(4 * MEAN);
    const drowning = new Scene(seed, false);
    drowning.run(20_000, 2);
    expect(drowning.meanTime).toBeGreaterThan(100 * MEAN);
  });

  test('a router that starts in the middle of an overload settles too', () => {
    const scene = new Scene(seed);
    scene.run(10_000, 3);
    scene.run(30_000, 3);
    expect(scene.answered / 30_000).toBeGreaterThan(0.95 * CAPACITY);
    expect(scene.meanTime).toBeLessThan(5 * MEAN);
  });

  test('a service that is four times as slow for good is believed after a minute', () => {
    const scene = new Scene(seed);
    scene.run(20_000, 0.2);
    scene.slowness = 4;
    scene.run(100_000, 0.2);
    scene.run(60_000, 0.2);
    expect(scene.refused / (scene.answered + scene.refused)).toBeLessThan(0.01);
  });

  test('idle grows back', () => {
    const scene = new Scene(seed);
    scene.run(10_000, 0.5);
    scene.run(20_000, 3);
    const low = scene.state.limit;
    scene.run(300_000, 0);
    scene.run(1_000, 0.5);
    expect(low).toBeLessThan(200);
    expect(scene.state.limit).toBeGreaterThan(900);
  });
});

test('it stays between what the policy says', () => {
  let state = unlimited({ minimum: 3, maximum: 10 }, 0);
  const after = (took: number): void => {
    for (let n = 0; n < 20_000; n++) {
      state = afterAnswer(state, took + (n % 2), 10, state.since + n * 10, { minimum: 3, maximum: 10 });
      expect(state.limit).toBeGreaterThanOrEqual(3);
      expect(state.limit).toBeLessThanOrEqual(10);
    }
  };
  after(1);
  after(1_000);
});
