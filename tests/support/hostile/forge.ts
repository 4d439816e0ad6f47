import type { MediaProtection, Participant } from '@hellohaybye/signaling';
import {
  RoomSecret,
  sealKeyMessage,
  sealRoomSecret,
  srtpProfiles,
  type Identity,
} from '@hellohaybye/signaling/keys';
import { falseIdentity } from './cast.js';

/** What is forged, for whom and in whose name. */
interface Forgery {
  key: Uint8Array;
  salt: Uint8Array;
  step: number;
  room: string;
  from: Participant;
  to: Participant;
  mallory: Identity;
  /** The attacker's guess at the secret of the room, if it makes one. */
  secret: string | undefined;
  /** Whether a secret is handed on first: the guess, or that there is none. */
  handsOn: boolean;
}

/** Sealed messages by which a key of the attacker's is somebody's, in just the context in which theirs would be: base64url. */
export async function forge({ room, from, to, mallory, handsOn, ...own }: Forgery): Promise<string[]> {
  const [theirs, receivers] = [from.media.protection, to.media.protection];
  if (!theirs || !receivers || to === from) return [];
  const context = {
    room,
    sender: memberOf(from, theirs),
    receiver: memberOf(to, receivers),
    identity: falseIdentity(theirs.identity, mallory),
  };
  const { key, salt, step } = own;
  const secret = own.secret === undefined ? undefined : RoomSecret.parse(own.secret);
  const message = { key, salt, step, epoch: 1000, profile: srtpProfiles[0]!, asks: true, indices: [] };
  const sealed = [
    ...(handsOn ? [await sealRoomSecret(secret, context)] : []),
    await sealKeyMessage(message, { ...context, secret }),
  ];
  return sealed.map((one) => Buffer.from(one).toString('base64url'));
}

const memberOf = ({ instance }: Participant, protection: MediaProtection) => ({ instance, ...protection });
