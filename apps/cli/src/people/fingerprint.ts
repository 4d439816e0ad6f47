import { createHash } from 'node:crypto';
import { fingerprintOf, type Fingerprint } from '@hellohaybye/signaling';

/** The fingerprint of an identity's public key, which is 32 bytes in base64url. */
export const fingerprint = (identity: string): Fingerprint =>
  fingerprintOf(Buffer.from(identity, 'base64url'), (bytes) => createHash('sha256').update(bytes).digest());
