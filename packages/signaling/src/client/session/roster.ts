import { micros, seconds, type Micros } from '@hellohaybye/core';
import { waits } from '../../protocol/limits.js';
import type { Participant } from '../../protocol/types.js';
import type { ClientEvent } from './client-events.js';

interface Member {
  participant: Participant;
  /** Until when somebody is waited for who has not come back yet after the server forgot everybody. */
  absentUntil: Micros | undefined;
}

/** Everybody else in the room, by instance. What it is told becomes events, each change once. */
export class Roster {
  readonly #emit: (event: ClientEvent) => void;
  readonly #self: () => string;
  readonly #members = new Map<string, Member>();

  /** @param self our own instance: we are nobody else, whatever the server says */
  constructor(emit: (event: ClientEvent) => void, self: () => string) {
    this.#emit = emit;
    this.#self = self;
  }

  /** In the order in which they came. */
  participants(): Participant[] {
    return Array.from(this.#members.values(), ({ participant }) => participant);
  }

  /** When somebody who is waited for is given up. */
  nextDeadline(): Micros | undefined {
    let first: Micros | undefined;
    for (const { absentUntil } of this.#members.values()) {
      if (absentUntil !== undefined && (first === undefined || absentUntil < first)) first = absentUntil;
    }
    return first;
  }

  expire(now: Micros): void {
    for (const { participant, absentUntil } of [...this.#members.values()]) {
      if (absentUntil !== undefined && absentUntil <= now) this.#remove(participant, 'disconnected');
    }
  }

  /** A room that we entered: nobody has to be told what its roster is. */
  reset(participants: readonly Participant[] = []): void {
    this.#members.clear();
    for (const one of participants) if (one.instance !== this.#self()) this.#set(one);
  }

  /** Those who are not in a room that we are going to: we leave them. */
  dropAllBut(participants: readonly Participant[]): void {
    const stay = new Set(participants.map(({ instance }) => instance));
    for (const { participant } of [...this.#members.values()]) {
      if (!stay.has(participant.instance)) this.#remove(participant, 'left');
    }
  }

  /**
   * Takes the whole roster and tells what is different.
   * @param missing what of those who are not in it: they have left, or are waited for until an instant
   */
  reconcile(participants: readonly Participant[], missing: 'left' | { until: Micros }): void {
    const there = new Set(participants.map(({ instance }) => instance));
    for (const member of [...this.#members.values()]) {
      if (there.has(member.participant.instance)) continue;
      if (missing !== 'left') member.absentUntil = missing.until;
      else if (member.absentUntil === undefined) this.#remove(member.participant, 'disconnected');
    }
    for (const one of participants) this.joined(one);
  }

  joined(participant: Participant): void {
    if (participant.instance === this.#self()) return;
    const before = this.#members.get(participant.instance)?.participant;
    this.#set(participant);
    if (!before) this.#emit({ name: 'joined', value: participant });
    else if (!isSame(before, participant)) this.#emit({ name: 'updated', value: participant });
  }

  updated(participant: Participant): void {
    if (this.#members.get(participant.instance)?.participant.id === participant.id) this.joined(participant);
  }

  /** Somebody of this id left: unless that one has come back with another id. */
  left(id: string, reason: string, now: Micros): void {
    for (const member of this.#members.values()) {
      if (member.participant.id !== id) continue;
      if (reason === 'replaced') member.absentUntil = patience(now);
      else this.#remove(member.participant, reason);
      return;
    }
  }

  #set(participant: Participant): void {
    this.#members.set(participant.instance, { participant, absentUntil: undefined });
  }

  #remove({ id, instance, name }: Participant, reason: string): void {
    this.#members.delete(instance);
    this.#emit({ name: 'left', value: { id, instance, name, reason } });
  }
}

/** Until when those are waited for who have to come back by themselves. */
export const patience = (now: Micros): Micros => micros(now + seconds(waits.session));

const isSame = (one: Participant, other: Participant): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
