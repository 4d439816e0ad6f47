import { micros, seconds, toMillis, type Micros } from '@hellohaybye/core';
import { limits, waits } from '../protocol/limits.js';
import type { EndedInvitation, Invitation, Outcome } from '../protocol/types.js';
import type { SavedInvitation } from '../room/saved.js';
import { peerOf, type OpenInvitation, type Session } from '../room/session.js';
import type { Sessions } from '../room/sessions.js';
import type { Turn } from '../room/turn.js';

/** The invitations that have no outcome yet. Each gets exactly one, by being taken out of here. */
export class Invitations {
  readonly #turn: Turn;
  /** All ring for the same time, so the first is the next to end. */
  readonly #open = new Map<string, OpenInvitation>();

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  /** How many there are. */
  get size(): number {
    return this.#open.size;
  }

  /** When the next one has rung for long enough. */
  nextDeadline(): Micros | undefined {
    for (const { until } of this.#open.values()) return until;
    return undefined;
  }

  /** Those that have rung for long enough. */
  due(): OpenInvitation[] {
    const due: OpenInvitation[] = [];
    for (const invitation of this.#open.values()) {
      if (invitation.until > this.#turn.now) break;
      due.push(invitation);
    }
    return due;
  }

  open(id: string, from: Session, to: Session): OpenInvitation {
    const until = micros(this.#turn.now + seconds(waits.ringing));
    return this.#add({ id, from, to, until, ringing: false });
  }

  save(): SavedInvitation[] {
    return Array.from(this.#open.values(), ({ from, to, ...rest }) => ({
      ...rest,
      from: from.id,
      to: to.id,
    }));
  }

  load(saved: readonly SavedInvitation[], sessions: Sessions): void {
    for (const { from, to, ...rest } of saved) {
      const [inviter] = sessions.withIds([from]);
      const [invited] = sessions.withIds([to]);
      if (inviter && invited) this.#add({ ...rest, from: inviter, to: invited });
    }
  }

  #add(invitation: OpenInvitation): OpenInvitation {
    const { id, from, to } = invitation;
    this.#open.set(id, invitation);
    from.outgoing.set(id, invitation);
    to.incoming.set(id, invitation);
    return invitation;
  }

  /** Ends an invitation and tells both sides. False when it has ended before. */
  end(invitation: OpenInvitation, outcome: Outcome, reason?: string): boolean {
    const { id, from, to } = invitation;
    if (!this.#open.delete(id)) return false;
    from.outgoing.delete(id);
    to.incoming.delete(id);
    const isUnseen = to.link === undefined && !invitation.ringing && unanswered.includes(outcome);
    if (outcome === 'busy' || isUnseen) keepMissed(to, this.describe(invitation));
    const link = from.link ?? to.link;
    this.#turn.emit({ type: 'outcome', outcome, ...(link !== undefined && { link }) });
    const ended: EndedInvitation = { id, outcome, ...(reason !== undefined && { reason }) };
    for (const side of [from, to]) {
      remember(side, ended);
      this.#turn.tell(side, { type: 'invitation-ended', ...ended });
    }
    return true;
  }

  /** As it is told to the clients. */
  describe({ id, from, to, ringing, until }: OpenInvitation): Invitation {
    const room = from.inside?.room;
    const remainingMs = Math.max(0, Math.ceil(toMillis(micros(until - this.#turn.now))));
    return {
      id,
      from: peerOf(from),
      to: peerOf(to),
      ...(room && !room.isCall && { room: room.name }),
      ringing,
      remainingMs,
    };
  }
}

/** How those end that whoever is invited has not answered. */
const unanswered: readonly Outcome[] = ['timeout', 'cancelled'];

/** Who comes back learns who called in the meantime; who comes back once more, and knows, passes over it. */
function keepMissed({ resumable, missed }: Session, invitation: Invitation): void {
  if (!resumable) return;
  missed.push(invitation);
  if (missed.length > limits.invitations) missed.shift();
}

/** What is told to who comes back. */
function remember({ resumable, ended: before }: Session, ended: EndedInvitation): void {
  if (!resumable) return;
  before.push(ended);
  if (before.length > limits.invitations * 2) before.shift();
}
