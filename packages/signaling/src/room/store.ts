import type { LeaveReason, MediaDescription, Participant, ParticipantState } from '../protocol/types.js';

/** What the machine asks of the store. `requestId` comes back in the event, to answer the client with. */
export type StoreCommand =
  /** `participant.name` is the name that was asked for. */
  | { type: 'join'; room: string; participant: Participant; requestId: number }
  | {
      type: 'update';
      room: string;
      id: string;
      requestId: number;
      media?: MediaDescription;
      state?: ParticipantState;
    }
  | { type: 'leave'; room: string; id: string; reason: LeaveReason; requestId?: number };

/** What became of a room. */
export type StoreEvent =
  /** `participant.name` is the name that was granted; `others` is who was in the room at that moment. */
  | { type: 'joined'; room: string; participant: Participant; others: Participant[]; requestId: number }
  | { type: 'updated'; room: string; participant: Participant; requestId: number }
  | { type: 'left'; room: string; id: string; name: string; reason: LeaveReason; requestId?: number };

/**
 * Who is in which room. Commands go in, events come out, at once or later: a store that is shared by
 * several server processes gives each process the events of all. The contract:
 * - the events of one room come in the order in which they happened, the same to every process, so that
 *   `others` of `joined` and the events after it make up the room;
 * - the commands of one participant take effect in the order in which they were given;
 * - the name in `joined` is unique in its room; a room is there as long as somebody is in it;
 * - an `update` or `leave` of somebody who is not in the room has no event.
 */
export interface RoomStore {
  /** Takes a command. Failures are the store's to repair: it keeps the command until it took effect. */
  execute(command: StoreCommand): void;
  /** Sets who hears of the events; called once, before the first command. */
  subscribe(listener: (event: StoreEvent) => void): void;
  close(): Promise<void>;
}
