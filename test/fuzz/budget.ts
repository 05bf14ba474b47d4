import fc from 'fast-check';

/** Seconds for each target: `npm run fuzz -- --seconds 600` sets it. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 4);
const SEED = process.env.FUZZ_SEED === undefined ? undefined : Number(process.env.FUZZ_SEED);

/** For vitest: the budget, and room for what a slow machine does with the last run. */
export const TIMEOUT = SECONDS * 1000 + 60_000;

/**
 * As many runs as fit into the budget. A failure is shrunk and says its seed: FUZZ_SEED=... runs it again.
 * @param maxRuns for targets of which each run is worth a lot
 */
export function fuzz<T>(property: fc.IAsyncProperty<T> | fc.IProperty<T>, maxRuns = 1_000_000_000): Promise<void> {
  return Promise.resolve(
    fc.assert(property as fc.IAsyncProperty<T>, {
      numRuns: maxRuns,
      interruptAfterTimeLimit: SECONDS * 1000,
      markInterruptAsFailure: false,
      ...(SEED !== undefined && { seed: SEED }),
    }),
  );
}

/** A text with some places changed: characters replaced, put in, taken out, pieces doubled or moved. */
export const mutated = (texts: readonly string[], unit: fc.Arbitrary<string>): fc.Arbitrary<string> => {
  const change = fc.record({
    how: fc.constantFrom('replace', 'insert', 'delete', 'double', 'splice'),
    at: fc.nat(),
    length: fc.integer({ min: 1, max: 24 }),
    by: fc.string({ unit, minLength: 1, maxLength: 4 }),
    from: fc.constantFrom(...texts),
  });
  return fc
    .record({ text: fc.constantFrom(...texts), changes: fc.array(change, { minLength: 1, maxLength: 4 }) })
    .map(({ text, changes }) =>
      changes.reduce((now, { how, at, length, by, from }) => {
        const place = at % (now.length + 1);
        const [before, after] = [now.slice(0, place), now.slice(place)];
        if (how === 'insert') return before + by + after;
        if (how === 'delete') return before + after.slice(length);
        if (how === 'double') return before + after.slice(0, length) + after;
        if (how === 'splice') return before + from.slice(at % (from.length + 1));
        return before + by + after.slice(by.length);
      }, text),
    );
};
