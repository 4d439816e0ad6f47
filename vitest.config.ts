import { defineConfig } from 'vitest/config';

// Milliseconds. Nothing that is promised: only what hangs is to end, also on a machine that is slow and busy.
const guard = 120_000;

// Three groups: unit tests are pure or nearly so and run in parallel; system and network tests use real
// devices, sockets and programs, and run one file at a time so that they do not disturb each other.
export default defineConfig({
  test: {
    allowOnly: false,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'tests/unit/**/*.test.ts'],
          testTimeout: guard,
          hookTimeout: guard,
        },
      },
      {
        test: {
          name: 'system',
          include: ['tests/system/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 2 * guard,
          hookTimeout: 2 * guard,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'network',
          include: ['tests/network/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 2 * guard,
          hookTimeout: 2 * guard,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
