export { fingerprintOf, sameWords, type Fingerprint, type Sha256 } from './fingerprint.js';
