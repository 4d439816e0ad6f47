import { micros, type Micros } from '@hellohaybye/core';
import type { ServerMessage } from '../protocol/types.js';
import type { Session } from './session.js';
import type { StoreEvent } from './store.js';

/** What comes of the command that is being carried out, and when that is. */
export class Turn {
  /** When the command was given. */
  now: Micros = micros(0);
  #events: StoreEvent[] = [];

  emit(event: StoreEvent): void {
    this.#events.push(event);
  }

  /** Tells one client; one without a connection learns it from the state when it comes back. */
  tell(session: Session, message: ServerMessage): void {
    if (session.link !== undefined) this.emit({ type: 'message', to: [session.link], message });
  }

  tellAll(sessions: Iterable<Session>, message: ServerMessage, except?: Session): void {
    const to: string[] = [];
    for (const session of sessions) {
      if (session !== except && session.link !== undefined) to.push(session.link);
    }
    if (to.length > 0) this.emit({ type: 'message', to, message });
  }

  /** Answers a request, and keeps the answer for a client that has to ask again. */
  reply(session: Session, message: ServerMessage & { requestId?: number }): void {
    if (session.resumable) {
      session.replies.push(message);
      if (session.replies.length > keptReplies) session.replies.shift();
    }
    this.tell(session, message);
  }

  /** All events since this was called last. */
  take(): StoreEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

const keptReplies = 16;
