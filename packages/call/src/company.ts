import { messageOf } from '@hellohaybye/core';
import type { Candidate, Participant } from '@hellohaybye/signaling';
import type { Call } from './call.js';
import type { Chat } from './control/chat.js';
import type { OwnState } from './control/control-message.js';
import type { Departures } from './departures.js';
import type { Notice } from './options.js';
import { toldNotice } from './place-notices.js';
import { isAnother, lasting, type Roster } from './roster.js';

/** What follows who comes and goes. */
export interface CompanyWiring {
  roster: Roster;
  departures: Departures;
  chat: Pick<Chat, 'left'>;
  /** Nothing of somebody who has gone is to be kept. */
  forget: (id: string) => void;
  call: Pick<Call, 'emit'>;
  isLeaving: () => boolean;
  onNotice: (notice: Notice) => void;
  /** Said in the page, too. */
  notice: (code: string, message: string) => void;
}

/** Who is here with us: takes what the server, and they themselves, say of it, and tells what is news. */
export class Company {
  /** Those who said that they leave: what the server tells of them is older. */
  readonly #leavers = new Set<string>();

  constructor(private readonly wiring: CompanyWiring) {}

  /** Starts sending to somebody and receiving from them. Somebody whose offer can't be used is told of and has no media. */
  add(theirs: Participant): void {
    if (this.#leavers.has(theirs.instance)) return;
    const { roster, call, notice, isLeaving } = this.wiring;
    const participant = lasting(theirs);
    const { id } = participant;
    let before = this.#find(id);
    if (before && isAnother(before, participant)) {
      // Who stood there has gone, whoever stands there now: nobody is to be replaced unnoticed.
      this.remove(id, 'replaced').catch((error: unknown) => {
        if (!isLeaving()) notice('internal', messageOf(error));
      });
      before = undefined;
    }
    try {
      roster.add(participant);
    } catch (error) {
      notice('bad-participant', `${participant.name} can't be connected to: ${messageOf(error)}`);
    }
    if (!before) return void call.emit('joined', participant);
    if (before.name !== participant.name)
      call.emit('renamed', { id, from: before.name, to: participant.name });
    call.emit('changed', this.#find(id) ?? participant);
  }

  /** Resolves when what they had sent has been told of. */
  async remove(id: string, reason: string): Promise<void> {
    const { roster, departures, chat, forget, call, isLeaving } = this.wiring;
    departures.forget(id);
    const member = this.#find(id);
    if (!member) return;
    const removed = roster.remove(id);
    forget(id);
    chat.left({ id, name: member.name });
    // Who comes in their place is told of right after them.
    if (reason !== 'replaced') await removed;
    if (!isLeaving()) call.emit('left', { id, name: member.name, reason });
    await removed;
  }

  /** Somebody says that they leave. */
  leaving(id: string): Promise<void> {
    if (this.wiring.roster.has(id)) this.#leavers.add(id);
    return this.remove(id, 'left');
  }

  /** Somebody says how they are. */
  told(id: string, state: OwnState): void {
    this.#changed(this.wiring.roster.tell(id, state));
  }

  /** Somebody says where they can be reached. */
  located(id: string, candidates: readonly Candidate[]): void {
    const participant = this.wiring.roster.locate(id, candidates);
    if (participant) this.wiring.onNotice(toldNotice(participant));
    this.#changed(participant);
  }

  #changed(participant: Participant | undefined): void {
    if (participant) this.wiring.call.emit('changed', participant);
  }

  #find(id: string): Participant | undefined {
    return this.wiring.roster.members.find((one) => one.id === id);
  }
}
