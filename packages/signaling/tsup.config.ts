import { definePackage } from '../../tsup.base';

export default definePackage({
  index: 'src/index.ts',
  client: 'src/client/index.ts',
  server: 'src/server/index.ts',
  certificate: 'src/certificate/index.ts',
  redis: 'src/store-redis/node/index.ts',
  keys: 'src/keys/index.ts',
  discovery: 'src/discovery/node/index.ts',
});
