export { seededRandom } from './seeded-random.js';
export { VirtualClock, type Scheduled } from './virtual-clock.js';
