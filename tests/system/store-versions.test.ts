import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { micros } from '@hellohaybye/core';
import { openRedisStore, type RedisStore } from '@hellohaybye/signaling/redis';
import type { StoreCommand } from '@hellohaybye/signaling/server';
import { describeWith } from '../support/needs.js';
import { RedisProcess } from '../support/redis-process.js';

/** What the program of version 1 wrote; see the tests of the log's versions beside it. */
const recorded = readFileSync(
  new URL('../../packages/signaling/src/store-redis/recorded/version-1.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { at: number; fields: string[] } | { state: Saved });

interface Saved {
  directory: { rooms: { name: string; members: { name: string }[] }[] };
  processes: { name: string; last: number }[];
}

const media = { candidates: [], ports: {}, streams: [] };
const at = micros(0);
const hello = (link: string): StoreCommand => ({
  ...{ type: 'hello', at, link, requestId: 1, name: link, observedAddress: '127.0.0.1' },
  ...{ instance: `of ${link}`, token: `token of ${link}` },
});
const join = (link: string): StoreCommand => ({
  ...{ type: 'request', at, link, request: { type: 'join', requestId: 2, room: 'lobby', media } },
});
const names = (store: RedisStore) => store.participants('lobby').map(({ name }) => name);

/** Nobody tells when it is so: it is looked at until then. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describeWith(['redis-server'], 'a Redis that programs of several versions share', () => {
  let redis: RedisProcess;
  let look: Redis;
  const stores: RedisStore[] = [];

  beforeEach(async () => {
    redis = await RedisProcess.start();
    look = new Redis(redis.url);
  });

  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await look.quit();
    await redis.stop();
  });

  const open = async () => {
    const store = await openRedisStore({ url: redis.url });
    store.subscribe(() => {});
    stores.push(store);
    return store;
  };

  /** All keys and what they hold, so that a change is seen. */
  const contents = async () => {
    const keys = (await look.keys('*')).sort();
    return Promise.all(keys.map(async (key) => [key, (await look.dumpBuffer(key)).toString('hex')]));
  };

  /** The processes of version 1 as they were when the recording ended, of which one goes on for as long as it is told. */
  async function replayVersion1() {
    let last: Saved | undefined;
    for (const [index, line] of recorded.entries()) {
      if ('state' in line) last = line.state;
      // Several of one millisecond stand in the order in which they came.
      else await look.xadd('hhb:log', `${Math.floor(line.at / 1000)}-${index + 1}`, ...line.fields);
    }
    const number = new Map(last!.processes.map(({ name, last }) => [name, last]));
    const say = async (name: string, item: object) => {
      number.set(name, number.get(name)! + 1);
      const fields = ['v', '1', 'p', name, 'n', `${number.get(name)}`, 'i', JSON.stringify([item])];
      await look.xadd('hhb:log', '*', ...fields);
    };
    const beat = () => void Promise.all([...number.keys()].map((name) => say(name, { type: 'beat' })));
    const alive = setInterval(beat, 500);
    beat();
    return {
      rooms: last!.directory.rooms,
      say,
      leave: async () => {
        clearInterval(alive);
        for (const name of number.keys()) await say(name, { type: 'leave' });
      },
    };
  }

  /** What others than these processes have written, entry by entry. */
  async function written(apart: (name: string) => boolean) {
    const log = await look.xrange('hhb:log', '-', '+');
    return log
      .map(([, fields]) => ({ version: fields[1], process: fields[3]!, items: fields[7]! }))
      .filter(({ process }) => process !== undefined && !apart(process));
  }

  it('has one of version 1 and one of ours serve the same rooms, and then ours alone', async () => {
    const old = await replayVersion1();
    const isOld = (name: string) => /^(old-\d|stranger|here)$/.test(name);
    const store = await open();
    const lobby = old.rooms.find(({ name }) => name === 'lobby')!;
    expect(names(store)).toEqual(lobby.members.map(({ name }) => name));
    store.execute(hello('ivy'));
    store.execute(join('ivy'));
    await until(() => names(store).includes('ivy'));
    // What the older one does is done here, and what it can't be asked for is not said to be done.
    const muted = { type: 'update', requestId: 90, state: { muted: true } };
    await old.say('old-2', {
      type: 'command',
      command: { type: 'request', at, link: 'ben', request: muted },
    });
    await until(() => store.participants('lobby').some(({ name, state }) => name === 'Ben' && state.muted));
    expect(store.canRemove('ben')).toBe(false);
    store.execute({ type: 'remove', at, id: 'ben', connected: true });
    store.execute(hello('joe'));
    store.execute(join('joe'));
    await until(() => names(store).includes('joe'));
    expect(names(store)).toContain('Ben');
    const before = await written(isOld);
    expect(before.map(({ version }) => version)).toEqual(before.map(() => '1'));
    expect(JSON.stringify(before)).not.toContain('connected');

    await old.leave();
    await until(() => store.canRemove('ben'));
    store.execute({ type: 'remove', at, id: 'ben', connected: true });
    await until(() => !names(store).includes('Ben'));
    const after = (await written(isOld)).slice(before.length);
    expect(after.some(({ version, items }) => version === '2' && items.includes('connected'))).toBe(true);
    // Whoever comes now knows all of it, from the old entries and the new.
    const late = await open();
    expect(names(late)).toEqual(names(store));
  });

  it('is gone on with from a snapshot of version 1', async () => {
    const states = recorded.flatMap((line) => ('state' in line ? [line.state] : []));
    const state = states[1]!;
    const id = '1764000000000-1';
    await look.xadd('hhb:log', id, 'v', '1', 'p', 'nobody', 'n', '9', 'i', '[]');
    await look.hset(
      'hhb:snapshot',
      'at',
      '1764000000000',
      'id',
      id,
      'v',
      '1',
      'state',
      JSON.stringify(state),
    );
    const store = await open();
    for (const { name, members } of state.directory.rooms) {
      expect(store.participants(name).map((one) => one.name)).toEqual(members.map((one) => one.name));
    }
  });

  it('is left as it is by a program that is too old for it', async () => {
    const newer = JSON.stringify([{ type: 'enter', speaks: 9 }]);
    await look.xadd('hhb:log', '*', 'v', '9', 'p', 'newer', 'n', '0', 'i', newer);
    await look.hset('hhb:snapshot', 'at', '1', 'id', '1-1', 'v', '9', 'state', '{"later":true}');
    const before = await contents();
    await expect(openRedisStore({ url: redis.url })).rejects.toMatchObject({
      code: 'store-outdated',
      message: 'The log in Redis is of version 9; this program knows 2',
    });
    expect(await contents()).toEqual(before);
    // Without a snapshot it finds out when it reads: it has come, and takes its leave at once.
    await look.del('hhb:snapshot');
    await expect(openRedisStore({ url: redis.url })).rejects.toMatchObject({ code: 'store-outdated' });
    let said: string[] = [];
    const read = async () => (said = (await written((name) => name === 'newer')).map(({ items }) => items));
    while ((await read()).length < 2);
    expect(said).toEqual([
      JSON.stringify([{ type: 'enter', speaks: 2 }]),
      JSON.stringify([{ type: 'leave' }]),
    ]);
  });
});
