export { chooseAddress, chooseAddresses, type ChooseAddressOptions } from './addresses/choose-address.js';
export { isIpv6LinkLocal, isLoopback, normalizeAddress } from './addresses/ip.js';
export { linkLocalZones, orderCandidates, type InterfaceAddress } from './addresses/order-candidates.js';
export { readZonedHost, zonedHost, type ZonedAddress } from './addresses/zoned-host.js';
export { shownUrl } from './addresses/shown-url.js';
export { fingerprintOf, sameWords, type Fingerprint, type Sha256 } from './fingerprint/index.js';
export {
  formatInvitation,
  invitationServer,
  isInvitation,
  parseInvitation,
  type RoomInvitation,
} from './invitation/index.js';
export { protocolErrors, type ProtocolErrorCode, type Refusal } from './protocol/errors.js';
export { limits, protocolVersion, spokenVersions } from './protocol/limits.js';
export { clientMessageSchemas, serverMessageSchemas } from './protocol/messages.js';
export { parseCandidates, parseClientMessage, parseServerMessage, type Parsed } from './protocol/parse.js';
export type {
  Candidate,
  ClientMessage,
  Invitation,
  LeaveReason,
  MediaDescription,
  MediaProtection,
  MediaStream,
  Outcome,
  Participant,
  ParticipantState,
  Peer,
  Person,
  RoomSummary,
  ServerMessage,
  StreamFormat,
  VisibleState,
} from './protocol/types.js';
export { givenName, nameKey } from './room/unique-name.js';
