import type { Clock, Micros } from '@hellohaybye/core';
import type { SourceOptions } from '../types.js';
import { supervise, type Attempt } from './supervise.js';

/** How a source is run. */
export interface Plan<Item> {
  label: string;
  openTimeout: number;
  stallTimeout?: number;
  start: (put: (item: Item) => void) => Attempt;
}

/** The start of something that has an end and is played over and over: each run begins at the beginning. */
export function playedFrom<Item>(
  openedAt: Micros,
  clock: Clock,
  run: (startedAt: Micros, put: (item: Item) => void) => Attempt,
): Plan<Item>['start'] {
  let startedAt = openedAt;
  return (put) => {
    const attempt = run(startedAt, put);
    void attempt.ended.then(() => (startedAt = clock.now()));
    return attempt;
  };
}

/** What holds the items until they are asked for. */
interface Queue<Item> extends AsyncIterable<Item> {
  readonly dropped: number;
  put(item: Item): void;
  close(): void;
}

/**
 * Runs a plan. Resolves to the source when its first item is there.
 * @throws HhbError what the first run ended with
 */
export async function startSource<Item>(
  plan: Plan<Item>,
  queue: Queue<Item>,
  options: Pick<SourceOptions, 'onNotice' | 'openTimeout' | 'signal'>,
) {
  const supervised = await supervise({
    label: plan.label,
    onNotice: options.onNotice,
    openTimeout: options.openTimeout ?? plan.openTimeout,
    stallTimeout: plan.stallTimeout,
    signal: options.signal,
    start: (alive) =>
      plan.start((item) => {
        alive();
        queue.put(item);
      }),
  });
  return {
    label: plan.label,
    get dropped() {
      return queue.dropped;
    },
    async close() {
      queue.close();
      await supervised.close();
    },
    [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
  };
}
