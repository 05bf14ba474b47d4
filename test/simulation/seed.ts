/** The seed of the figures in docs/resilience.md. */
export const DOCUMENTED_SEED = '1';

/** What all chance of a run comes from: `SIMULATION_SEED=7 vitest run --project simulation` runs the same world again. */
export const SEED = process.env.SIMULATION_SEED ?? DOCUMENTED_SEED;

process.stdout.write(`SIMULATION_SEED=${SEED}\n`);
