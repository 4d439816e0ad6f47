// Counting: pure, the same for the simulator and for real sockets.
import { percentile } from '@hellohaybye/core';

/**
 * Counts one run. Times are microseconds on any one clock.
 * @param ready when each frame was handed over to be sent
 * @param due when each has to be whole
 * @param whole when each was whole; Infinity for never
 * @param sourceBytes of the frames' own packets, at IP level
 * @param allBytes of all that was sent, both ways, at IP level
 * @returns counts that `sum` adds up; latencies in milliseconds, of the frames that were whole in time
 */
export function countRun({ ready, due, whole, sourceBytes, allBytes }) {
  const inTime = [...whole.keys()].filter((frame) => whole[frame] <= due[frame]);
  return {
    frames: whole.length,
    givenUp: whole.length - inTime.length,
    latencies: Float64Array.from(inTime, (frame) => (whole[frame] - ready[frame]) / 1000),
    sourceBytes,
    allBytes,
  };
}

/** Adds up the runs of a cell, one for each seed. */
export function sum(runs) {
  const total = (name) => runs.reduce((all, run) => all + run[name], 0);
  const latencies = Float64Array.from(runs.flatMap((run) => [...run.latencies])).sort();
  const frames = total('frames');
  const givenUp = total('givenUp');
  const sourceBytes = total('sourceBytes');
  return {
    frames,
    givenUp,
    givenUpPct: (100 * givenUp) / frames,
    overheadPct: (100 * (total('allBytes') - sourceBytes)) / sourceBytes,
    latencyMs: { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) },
  };
}

/** The value in the middle. */
export const median = (values) => percentile(Float64Array.from(values).sort(), 0.5);
