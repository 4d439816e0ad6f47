export {
  formatInvitation,
  invitationServer,
  isInvitation,
  parseInvitation,
  type RoomInvitation,
} from './invitation.js';
