// A thread of `pool.mjs`.
import { parentPort } from 'node:worker_threads';
import { simulate } from './simulate.mjs';

parentPort.on('message', ({ cell, seed, length }) => {
  try {
    const run = simulate(cell, seed, length);
    parentPort.postMessage({ run }, [run.latencies.buffer]);
  } catch (error) {
    parentPort.postMessage({ error: `${error?.stack ?? error}` });
  }
});
