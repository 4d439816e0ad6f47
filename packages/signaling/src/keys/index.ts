export {
  KeyAgreement,
  type KeyAgreementDrops,
  type KeyAgreementOptions,
  type KeyAgreementOutput,
  type WaitReason,
} from './agreement/key-agreement.js';
export { srtpProfiles } from './agreement/profiles.js';
export type {
  Generation,
  KeyContext,
  KeyMember,
  KeyMessage,
  OpenedKeyMessage,
  PacketIndex,
  SrtpKey,
  SrtpProfile,
} from './agreement/types.js';
export {
  generateIdentity,
  identityFromJson,
  identityToJson,
  isIdentity,
  type Identity,
  type IdentityJson,
} from './identity.js';
export { RoomSecret } from './room-secret.js';
export { openKeyMessage, prepareSealing, sealKeyMessage, type SealOptions } from './seal.js';
export { isRoomSecret, openRoomSecret, sealRoomSecret, type SecretOptions } from './secret-message.js';
export { generateSession } from './session.js';
