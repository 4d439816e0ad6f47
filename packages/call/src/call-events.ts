import type { Micros } from '@hellohaybye/core';
import type { Invitation, Outcome, Participant } from '@hellohaybye/signaling';
import type { Direction, People } from '@hellohaybye/signaling/client';
import type { IncomingFrame } from '@hellohaybye/transport';
import type { OwnServer, OwnState } from './control/control-message.js';

/** A line of the chat. */
export interface ChatLine {
  /** Unique in this call. */
  id: string;
  /** Who wrote it. */
  from: string;
  self: boolean;
  /** At most 2000 UTF-16 code units, as somebody else wrote them. */
  text: string;
  /** When it was written, or came, by our clock. */
  at: Micros;
}

/** What a call tells as it goes. Names and texts are as others gave them. */
export interface CallEvents {
  /** Somebody came. */
  joined: [Participant];
  /**
   * Somebody left; `reason` is for people to read. `replaced`: another key or process stands in their place, and comes by
   * `joined`. `timed-out`: there is no server, and nothing of theirs has come for 30 s.
   */
  left: [{ id: string; name: string; reason: string }];
  /** The same one as before has another name now, which is the server's to give. */
  renamed: [{ id: string; from: string; to: string }];
  /** Somebody's state is another one: muted, camera off, on hold, away, reconnecting. */
  changed: [Participant];
  /** We are elsewhere now: in the call that we accepted or that somebody moved, or in a room; `joined` and `left` tell the rest. */
  moved: [{ room: string; call: boolean }];
  /** Somebody here says that their process hosts the server from now on: at one of their addresses. */
  hosts: [{ id: string; server: OwnServer }];
  /** We are in no room any more; `call-ended` as everybody else has left the call. */
  removed: [{ room: string; reason: string }];
  /** How we are, after it changed here or in the page. */
  state: [OwnState];
  chat: [ChatLine];
  /** Somebody calls: it rings until `accept`, `decline` or `ended`. Only where `answer` is `ask`. */
  invited: [Invitation];
  /** A call of ours rings there. */
  ringing: [Invitation];
  /** An invitation, of ours or to us, has its outcome. */
  ended: [{ invitation: Invitation; direction: Direction; outcome: Outcome; reason?: string }];
  /** Somebody called while we were in a call, and was told so; or while we were away from the server, and gave up. */
  missed: [Invitation];
  /** Who is connected to the server; comes only when there is a page, or after `who({ watch: true })`. */
  people: [People];
  /**
   * Somebody's picture, or packet of sound, is whole: `peer` is their id. It may come after newer ones. Its bytes are
   * shared with whoever else listens: they must not be changed or given away.
   */
  frame: [IncomingFrame];
  /** A stream of somebody's, `video` or `audio`, begins, or begins anew: the timestamps of its frames start over. */
  source: [{ peer: string; stream: string }];
  /** The server ended our presence for good, such as by `removed`; we leave by ourselves, `leaving` follows. */
  closed: [{ reason: string }];
  /** We begin to leave. */
  leaving: [];
}
