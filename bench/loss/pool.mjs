// Runs cells on as many threads as there are cores, a task for each cell and seed.
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { idOf } from './cells.mjs';
import { sum } from './count.mjs';

/**
 * @param cells what `simulate` takes
 * @param seeds one run each
 * @param length seconds of call
 * @param done is told each cell's result, as `sum` gives it, when its last run has ended
 * @param failed is told of each run that failed; its cell has no result then
 */
export async function runCells(cells, seeds, length, { done, failed }) {
  const runs = cells.map(() => []);
  const tasks = cells.flatMap((_, index) => seeds.map((seed) => ({ index, seed })));
  const work = async () => {
    const worker = new Worker(new URL('worker.mjs', import.meta.url));
    for (let task = tasks.shift(); task; task = tasks.shift()) {
      const cell = cells[task.index];
      const own = runs[task.index];
      worker.postMessage({ cell, seed: task.seed, length });
      const [{ run, error }] = await once(worker, 'message');
      if (error) failed(`${idOf(cell)}, seed ${task.seed}: ${error}`);
      else own.push(run);
      if (own.length < seeds.length) continue;
      done(cell, sum(own));
      runs[task.index] = [];
    }
    await worker.terminate();
  };
  const threads = Math.min(availableParallelism(), tasks.length);
  await Promise.all(Array.from({ length: threads }, work));
}
