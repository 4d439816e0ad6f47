import { HhbError, type Clock, type Random } from '@hellohaybye/core';
import type { ChatLine } from '../call-events.js';
import type { Roster } from '../roster.js';
import { LONGEST_CHAT } from './control-message.js';
import type { Conversation } from './conversation.js';

/** What the chat is wired to. */
interface ChatWiring {
  clock: Clock;
  random: Random;
  onLine: (line: ChatLine) => void;
  /** Told when a line does not reach somebody. */
  onLost: (message: string) => void;
}

/** Lines that people write to everybody, over their control streams. */
export class Chat {
  #lines = 0;

  constructor(
    private readonly roster: Roster,
    private readonly conversation: Conversation,
    private readonly wiring: ChatWiring,
  ) {}

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
    const deaf = members.filter(({ id: peer }) => !reachable.includes(peer) || missed.includes(peer));
    for (const { name } of deaf) onLost(`${name} can't be written to`);
    if (members.length === 0) onLost('nobody is here to read it');
    onLine({ id: `self ${id}`, from, self: true, text, at: clock.now() });
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
    this.wiring.onLost(`${lines === 1 ? 'a line' : `${lines} lines`} may not have reached ${name}`);
  }
}
