import { micros, seconds, type Micros } from '@hellohaybye/core';
import type { ServerMessage } from '../protocol/types.js';
import { Directory } from '../room/directory.js';
import type { RoomLimits } from '../room/rooms.js';
import type { ClientRequest, StoreCommand, StoreEvent } from '../room/store.js';
import { sampleMedia } from './media.js';

type Body = ClientRequest extends infer One
  ? One extends ClientRequest
    ? Omit<One, 'requestId'>
    : never
  : never;

/** A directory, and what it tells to whom. Everybody is called as their connection. */
export class DirectoryWorld {
  readonly directory: Directory;
  readonly outcomes: string[] = [];
  now: Micros = micros(0);
  #told = new Map<string, ServerMessage[]>();
  #welcomes: StoreEvent[] = [];
  #calls = 0;
  #lastRequest = 0;

  constructor(limits?: RoomLimits) {
    this.directory = new Directory(limits);
  }

  /** Says hello on a connection with a key and a token of their own. */
  hello(link: string, more: Partial<StoreCommand & { type: 'hello' }> = {}): StoreEvent[] {
    const secrets = { instance: `key-${link}`, token: `token-${link}` };
    const address = { observedAddress: '127.0.0.1', at: this.now, requestId: 0 };
    this.#take(this.directory.apply({ type: 'hello', link, name: link, ...address, ...secrets, ...more }));
    return this.#welcomes.splice(0);
  }

  /** @returns what this one is told by it */
  ask(link: string, body: Body, requestId = (this.#lastRequest += 1)): ServerMessage[] {
    this.#told.delete(link);
    this.#calls += 1;
    const ids = { call: this.#calls.toString(16).padStart(32, '0'), invitation: `i${this.#calls}` };
    const request = { ...body, requestId } as ClientRequest;
    this.#take(this.directory.apply({ type: 'request', at: this.now, link, request, ids }));
    return this.told(link);
  }

  /** @returns the id of the invitation, which leads to a call of its own unless the inviter is somewhere */
  invite(from: string, to: string): string {
    const reply = this.ask(from, { type: 'invite', to: [to], media: sampleMedia() });
    const invited = reply.find((one) => one.type === 'invited');
    return invited?.type === 'invited' ? (invited.invitations[0]?.id ?? '') : '';
  }

  join(link: string, room: string): ServerMessage[] {
    return this.ask(link, { type: 'join', room, media: sampleMedia() });
  }

  accept(link: string, invitation: string): ServerMessage[] {
    return this.ask(link, { type: 'accept', invitation, media: sampleMedia() });
  }

  detach(link: string, reason: 'disconnected' | 'left' = 'disconnected'): void {
    this.#take(this.directory.apply({ type: 'detach', at: this.now, link, reason }));
  }

  remove(id: string, connected = false): StoreEvent[] {
    this.#take(
      this.directory.apply({ type: 'remove', at: this.now, id, ...(connected && { connected: true }) }),
    );
    return this.#welcomes.splice(0);
  }

  pass(time: number): void {
    this.now = micros(this.now + seconds(time));
    this.#take(this.directory.apply({ type: 'expire', at: this.now }));
  }

  /** What one was told since this was called last. */
  told(link: string): ServerMessage[] {
    const told = this.#told.get(link) ?? [];
    this.#told.delete(link);
    return told;
  }

  /** Who is in which room. */
  rooms(): string[][] {
    return this.directory.rooms().map((room) => this.directory.participants(room).map(({ name }) => name));
  }

  #take(events: StoreEvent[]): void {
    for (const event of events) {
      if (event.type === 'outcome') this.outcomes.push(event.outcome);
      if (event.type === 'message') {
        for (const to of event.to) this.#told.set(to, [...(this.#told.get(to) ?? []), event.message]);
      } else if (event.type.endsWith('welcomed') || linkEnds.has(event.type)) this.#welcomes.push(event);
    }
  }
}

const linkEnds = new Set(['taken-over', 'removed']);
