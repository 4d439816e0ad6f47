import { expect, it } from 'vitest';
import { LateSource } from './late-source.js';

/** A source of numbers, and how often it was closed. */
const numbers = (...given: number[]) => ({
  closed: 0,
  close() {
    this.closed += 1;
    return Promise.resolve();
  },
  async *[Symbol.asyncIterator]() {
    for (const one of given) yield await Promise.resolve(one);
  },
});
const all = async (source: AsyncIterable<number>) => {
  const got: number[] = [];
  for await (const one of source) got.push(one);
  return got;
};

it('gives what the source gives, also to who asked before it was open', async () => {
  let open!: (source: ReturnType<typeof numbers>) => void;
  const late = new LateSource<number>(() => new Promise((resolve) => (open = resolve)));
  const getting = all(late);
  await expect.poll(() => open).toBeDefined();
  open(numbers(1, 2, 3));
  expect(await getting).toEqual([1, 2, 3]);
  expect(await late.isThere).toBe(true);
});

it('gives nothing where there is none', async () => {
  const late = new LateSource<number>(() => Promise.resolve(undefined));
  expect(await all(late)).toEqual([]);
  expect(await late.isThere).toBe(false);
  await late.close();
});

it('fails as its opening did, for who takes from it', async () => {
  const late = new LateSource<number>(() => Promise.reject(new Error('no')));
  await expect(all(late)).rejects.toThrow('no');
  await expect(late.isThere).rejects.toThrow('no');
  await late.close();
});

it('closes what is open', async () => {
  const source = numbers(1);
  const late = new LateSource<number>(() => Promise.resolve(source));
  await late.isThere;
  await late.close();
  expect(source.closed).toBe(1);
});

it('gives up what is being opened, which is no failure, and waits until it is gone', async () => {
  let isGone = false;
  let hasBegun = false;
  const late = new LateSource<number>(
    (signal) =>
      new Promise((_, reject) => {
        hasBegun = true;
        signal.addEventListener('abort', () =>
          setImmediate(() => {
            isGone = true;
            reject(new Error('given up'));
          }),
        );
      }),
  );
  const getting = all(late);
  await expect.poll(() => hasBegun).toBe(true);
  await late.close();
  expect(isGone).toBe(true);
  expect(await getting).toEqual([]);
  expect(await late.isThere).toBe(false);
});

it('is not opened before something else, and never when it is closed before', async () => {
  let begin!: () => void;
  let opened = 0;
  const open = () => {
    opened += 1;
    return Promise.resolve(numbers(1));
  };
  const late = new LateSource<number>(open, new Promise<void>((resolve) => (begin = resolve)));
  const given = all(late);
  await Promise.resolve();
  expect(opened).toBe(0);
  begin();
  expect(await given).toEqual([1]);
  const never = new LateSource<number>(open, new Promise(() => undefined));
  expect(never.isClosed).toBe(false);
  await never.close();
  expect(never.isClosed).toBe(true);
  expect([opened, await never.isThere, await all(never)]).toEqual([1, false, []]);
  expect(await new LateSource<number>(open, Promise.reject(new Error('no'))).isThere).toBe(true);
});

it('closes what is open at last, though it was given up', async () => {
  const source = numbers(1);
  let open!: () => void;
  const late = new LateSource<number>(() => new Promise((resolve) => (open = () => resolve(source))));
  await expect.poll(() => open).toBeDefined();
  const closing = late.close();
  open();
  await closing;
  expect(source.closed).toBe(1);
});
