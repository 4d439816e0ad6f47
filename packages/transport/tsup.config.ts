import { definePackage } from '../../tsup.base';

export default definePackage({
  index: 'src/index.ts',
  node: 'src/node/index.ts',
  protect: 'src/protect/index.ts',
  netsim: 'src/netsim/index.ts',
  'netsim-node': 'src/netsim/node/index.ts',
  'netsim-cli': 'src/netsim/cli/run.ts',
  'transport-worker': 'src/node/worker.ts',
});
