export { JavaScriptKernel } from './javascript-kernel.js';
export type { Kernel } from './kernel.js';
export { encodeRepair, recover, ReedSolomon, type FillSymbol, type RepairSymbol } from './reed-solomon.js';
export { webAssemblyKernel } from './web-assembly-kernel.js';
