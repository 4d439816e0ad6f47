export { openRedisStore, type RedisStore, type RedisStoreOptions, type StoreLogger } from './redis-store.js';
