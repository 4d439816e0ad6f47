import { definePackage } from '../../tsup.base';

export default definePackage({ index: 'src/index.ts', guard: 'src/guard/guard.ts' });
