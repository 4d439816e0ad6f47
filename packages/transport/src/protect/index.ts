export { Srtp, type SrtpOptions } from './srtp.js';
export type { SrtpProfile } from './profile.js';
export { mkiOf, type PacketIndex, type SrtpKey } from './srtp-key.js';
export type { Protector } from './protector.js';
