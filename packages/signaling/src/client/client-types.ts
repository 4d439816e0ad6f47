import type { Clock, HhbError, Micros } from '@hellohaybye/core';
import type { Invitation, MediaDescription, ParticipantState } from '../protocol/types.js';
import type { Locate } from './lost-server.js';
import type { ClientEvents, JoinedRoom } from './session/client-events.js';

/** What a client tells about the room, its calls and the connection: the events of {@link ClientEvents}. */
export type SignalingClientEvents = {
  [Name in Exclude<keyof ClientEvents, 'error'>]: [value: ClientEvents[Name]];
} & {
  /** An update was refused, or the server sent something unreadable. Not emitted when nobody listens. */
  error: [error: HhbError];
};

/** What one wants to be seen with when one enters a room. */
export interface Entry {
  /** Where media is received and what is sent; needed when one is in no room. */
  media?: MediaDescription;
  state?: ParticipantState;
}

/** What `invite` resolves with. */
export interface Invited {
  /** Where we are: the call or room that the invitations lead to. */
  inside: JoinedRoom;
  /** What becomes of each is told by `ringing` and `ended`. */
  invitations: Invitation[];
  /** The id of the invitation to us that was accepted by this, as one of them was inviting us. */
  accepted?: string;
}

/** How a client connects again. */
export interface Surroundings {
  locate: Locate;
  /** The access token, where the server asks for one. */
  token: string | undefined;
  timeout: Micros;
  clock: Clock;
}
