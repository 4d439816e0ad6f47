import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { HhbError, messageOf } from '@hellohaybye/core';
import type { RedisStore } from '@hellohaybye/signaling/redis';
import type { Settings } from './settings.js';

/**
 * The store that the settings name, or undefined for the one in memory.
 * @throws HhbError `store-unreachable`, `store-outdated`, `bad-store-ca`
 */
export async function openStore(settings: Settings, logger: Logger): Promise<RedisStore | undefined> {
  const { store: url, storePrefix: prefix, storeCa, maxRooms, maxPeople } = settings;
  if (url === undefined) return undefined;
  // A server alone loads no Redis client.
  const { openRedisStore } = await import('@hellohaybye/signaling/redis');
  const ca = storeCa === undefined ? undefined : readCa(storeCa);
  const limits = { rooms: maxRooms, peopleInRoom: maxPeople };
  const store = await openRedisStore({ url, prefix, logger, limits, ...(ca && { ca }) });
  const { host } = new URL(url);
  logger.info({ redis: host, prefix, ...store.statistics() }, 'rooms are shared through Redis');
  return store;
}

function readCa(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new HhbError('bad-store-ca', `The certificates in ${path} can't be read: ${messageOf(error)}`);
  }
}
