import { defineConfig } from 'vitest/config';

/**
 * unit: beside the source, milliseconds each. contract: one suite on every implementation of the policy store.
 * blackbox: real processes and sockets. chaos: the same, broken on purpose. fuzz: hostile input for a fixed time.
 * simulation: the real pipeline in a world with virtual time, seeded chance and a network that is made up.
 * docs: what README, docs and the command line promise.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{snapshot,router,gateway,policy-store,sdk,cli,workers,tools,bench}/**/*.test.ts',
            'test/interop/**/*.test.ts',
          ],
        },
      },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'blackbox',
          include: ['test/{blackbox,conformance,attacks,secrets}/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'chaos',
          include: ['test/chaos/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'fuzz',
          include: ['test/fuzz/**/*.test.ts'],
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'docs',
          include: ['test/{docs,cli}/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
