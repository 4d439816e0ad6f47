export type { Clock } from './clock.js';
export { HhbError, isHhbError, messageOf, type HhbErrorOptions } from './errors.js';
export { percentile } from './percentile.js';
export { uniform, type Random } from './random.js';
export { Unwrapper, unwrapNear, wrap } from './serial.js';
export * from './units.js';
export { utf8Decode, utf8Encode } from './utf8.js';
export { visibleJson } from './visible-json.js';
