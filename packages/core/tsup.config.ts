import { definePackage } from '../../tsup.base';

export default definePackage({
  index: 'src/index.ts',
  node: 'src/node/index.ts',
  testing: 'src/testing/index.ts',
});
