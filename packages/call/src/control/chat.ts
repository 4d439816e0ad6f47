import { HhbError, type Clock, type Random } from '@hellohaybye/core';
import { Alarm } from '@hellohaybye/core/node';
import type { Participant } from '@hellohaybye/signaling';
import type { ChatLine } from '../call-events.js';
import type { Roster } from '../roster.js';
import { LONGEST_CHAT } from './control-message.js';
import type { Conversation } from './conversation.js';
import { HeldLines } from './held-lines.js';

/** What the chat is wired to. */
interface ChatWiring {
  clock: Clock;
  random: Random;
  onLine: (line: ChatLine) => void;
  /** Told when a line does not reach somebody. */
  onLost: (message: string) => void;
}

/** Lines that people write to everybody, over their control streams. For those who exchange keys yet they are kept. */
export class Chat {
  readonly #held = new HeldLines();
  readonly #alarm: Alarm;
  #lines = 0;

  constructor(
    private readonly roster: Roster,
    private readonly conversation: Conversation,
    private readonly wiring: ChatWiring,
  ) {
    this.#alarm = new Alarm(wiring.clock, () => this.#giveUp());
  }

  /**
   * Writes a line to everybody here.
   * @throws HhbError `bad-message`
   */
  write(from: string, text: string): void {
    const { clock, random, onLine, onLost } = this.wiring;
    if (text.trim() === '' || text.length > LONGEST_CHAT) {
      throw new HhbError('bad-message', `A line must have 1 to ${LONGEST_CHAT} characters`);
    }
    const id = `${random.uint32()}-${++this.#lines}`;
    const { reachable, members } = this.roster;
    const missed = this.conversation.chat(reachable, { id, text });
    const now = clock.now();
    const holds = (peer: string) => this.roster.isAwaited(peer) && this.#held.hold(peer, { id, text }, now);
    const deaf = members.filter(({ id: peer }) =>
      reachable.includes(peer) ? missed.includes(peer) : !holds(peer),
    );
    this.#alarm.set(this.#held.nextDeadline());
    for (const { name } of deaf) onLost(`${name} can't be written to`);
    if (members.length === 0) onLost('nobody is here to read it');
    onLine({ id: `self ${id}`, from, self: true, text, at: now });
  }

  /** Somebody can be written to now. */
  reached(peer: string): void {
    const missed = this.#held
      .release(peer)
      .filter((line) => this.conversation.chat([peer], line).includes(peer));
    if (missed.length > 0) this.lost(peer, missed.length);
  }

  /** Somebody has gone. */
  left({ id, name }: Pick<Participant, 'id' | 'name'>): void {
    const { length } = this.#held.release(id);
    if (length > 0) this.wiring.onLost(`${countOf(length)} did not reach ${name} any more`);
  }

  /** We go: nothing is waited for any more. */
  close(): void {
    this.#alarm.clear();
  }

  /** Takes a line of somebody. */
  heard(peer: string, text: string): void {
    const from = this.roster.nameOf(peer);
    if (from === undefined) return;
    const id = `${peer} ${++this.#lines}`;
    this.wiring.onLine({ id, from, self: false, text, at: this.wiring.clock.now() });
  }

  /** So many lines may not have reached somebody. */
  lost(peer: string, lines: number): void {
    const name = this.roster.nameOf(peer);
    if (name === undefined) return;
    this.wiring.onLost(`${countOf(lines)} may not have reached ${name}`);
  }

  #giveUp(): void {
    for (const { peer, lines } of this.#held.expire(this.wiring.clock.now())) {
      const name = this.roster.nameOf(peer);
      if (name !== undefined) this.wiring.onLost(`${countOf(lines)} did not reach ${name}, with whom no keys were exchanged`); // prettier-ignore
    }
    this.#alarm.set(this.#held.nextDeadline());
  }
}

const countOf = (lines: number): string => (lines === 1 ? 'a line' : `${lines} lines`);
