import { micros, millis, seconds, type Micros } from '@hellohaybye/core';
import type { EndedInvitation, Invitation, SessionState } from '../../protocol/types.js';
import type { ClientEvent, Direction } from './client-events.js';

interface Known {
  invitation: Invitation;
  direction: Direction;
  /** When it ends for us, whatever the server says: a little after the server has ended it. */
  until: Micros;
}

/** The invitations to us and from us that have no outcome yet. Each gets one, and one event of it. */
export class InvitationList {
  readonly #emit: (event: ClientEvent) => void;
  readonly #known = new Map<string, Known>();
  /** Those that are over, the last ones: what comes late about them is not news. */
  readonly #over = new Map<string, EndedInvitation>();

  constructor(emit: (event: ClientEvent) => void) {
    this.#emit = emit;
  }

  list(direction: Direction): Invitation[] {
    const all = [...this.#known.values()];
    return all.filter((one) => one.direction === direction).map(({ invitation }) => invitation);
  }

  has(id: string): boolean {
    return this.#known.has(id);
  }

  nextDeadline(): Micros | undefined {
    let first: Micros | undefined;
    for (const { until } of this.#known.values()) if (first === undefined || until < first) first = until;
    return first;
  }

  expire(now: Micros): void {
    for (const { invitation, until } of [...this.#known.values()]) {
      if (until <= now) this.end({ id: invitation.id, outcome: 'timeout' });
    }
  }

  /** Somebody invites us. @returns whether that is news */
  incoming(invitation: Invitation, now: Micros): boolean {
    if (!this.#add(invitation, 'incoming', now)) return false;
    this.#emit({ name: 'invited', value: invitation });
    return true;
  }

  /** The server took an invitation of ours, and may have told of its end before. */
  outgoing(invitation: Invitation, now: Micros): void {
    const over = this.#over.get(invitation.id);
    if (over) this.#over.delete(invitation.id);
    if (this.#add(invitation, 'outgoing', now) && over) this.end(over);
  }

  ringing(id: string): void {
    const known = this.#known.get(id);
    if (!known || known.invitation.ringing) return;
    known.invitation = { ...known.invitation, ringing: true };
    if (known.direction === 'outgoing') this.#emit({ name: 'ringing', value: known.invitation });
  }

  end(ended: EndedInvitation): void {
    const { id, outcome, reason } = ended;
    const known = this.#known.get(id);
    this.#known.delete(id);
    this.#over.set(id, ended);
    for (const oldest of this.#over.keys()) {
      if (this.#over.size <= remembered) break;
      this.#over.delete(oldest);
    }
    if (!known) return;
    const { invitation, direction } = known;
    const value = { invitation, direction, outcome, ...(reason !== undefined && { reason }) };
    this.#emit({ name: 'ended', value });
  }

  /** Somebody invited us when we could not answer. Told once, however often the server says it. */
  missed(invitation: Invitation): void {
    const { id } = invitation;
    if (this.#known.has(id) || this.#over.has(id)) return;
    this.end({ id, outcome: 'busy' });
    this.#emit({ name: 'missed', value: invitation });
  }

  /** None of them is known to anybody any more. */
  endAll(): void {
    for (const id of [...this.#known.keys()]) this.end({ id, outcome: 'gone' });
  }

  /**
   * Compares with how the server says it is.
   * @returns those of ours that we do not know of, and those to us that are news
   */
  reconcile(state: SessionState, now: Micros): { strange: Invitation[]; news: Invitation[] } {
    for (const invitation of state.missed ?? []) this.missed(invitation);
    for (const ended of state.ended) if (this.has(ended.id) || !this.#over.has(ended.id)) this.end(ended);
    const there = new Set([...state.incoming, ...state.outgoing].map(({ id }) => id));
    for (const id of [...this.#known.keys()]) if (!there.has(id)) this.end({ id, outcome: 'gone' });
    for (const { id, ringing } of state.outgoing) if (ringing) this.ringing(id);
    return {
      strange: state.outgoing.filter(({ id }) => !this.has(id)),
      news: state.incoming.filter((one) => this.incoming(one, now)),
    };
  }

  #add(invitation: Invitation, direction: Direction, now: Micros): boolean {
    if (this.#known.has(invitation.id) || this.#over.has(invitation.id)) return false;
    const until = micros(now + millis(invitation.remainingMs) + grace);
    this.#known.set(invitation.id, { invitation, direction, until });
    return true;
  }
}

/** The server's word is waited for by so much longer than the invitation rings. */
const grace = seconds(2);

const remembered = 256;
