import type { Security } from '@hellohaybye/call';
import { identityFromJson } from '@hellohaybye/signaling/keys';
import type { CallSecurity } from './call-security.js';

/** What is known of oneself and others, as a call takes it. */
export function sessionSecurity({ identity, words, secret, judge, met }: CallSecurity): Security {
  const { publicKey: x, privateKey: d } = identity;
  return {
    identity: identityFromJson({ kty: 'OKP', crv: 'X25519', x, d }),
    ...{ words, judge, met },
    ...(secret && { secret: Buffer.from(secret).toString('base64url') }),
  };
}
