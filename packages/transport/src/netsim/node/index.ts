export { openRelay, type Relay, type RelayStatistics } from './relay.js';
export type { RelayOptions, RelayRoute } from './relay-options.js';
