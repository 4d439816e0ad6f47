import type { Micros } from '@hellohaybye/core';
import type { MediaDescription, ParticipantState, RoomView, ServerMessage } from '../../protocol/types.js';
import type { ClientEvent, JoinedRoom } from './client-events.js';
import type { Request } from './pending-requests.js';
import { patience, Roster } from './roster.js';

interface Inside {
  room: string;
  call: boolean;
  self: RoomView['self'];
  /** As we want them to be; the server is brought to agree. */
  media: MediaDescription;
  state: ParticipantState;
  /** The invite by which we got here, until it is answered: when it comes to nothing we are not here. */
  by?: number;
}

type News = ServerMessage & { type: 'room-left' | 'key' | `participant-${string}` };
type Wish = Request & { type: 'join' | 'accept' | 'invite' };

/** The room or call that we are in, if any: with whom, and as whom we want to be seen there. */
export class Place {
  readonly #emitEvent: (event: ClientEvent) => void;
  readonly roster: Roster;
  #inside: Inside | undefined;
  /** While the roster changes: what is told only after something else. */
  #held: ClientEvent[] | undefined;
  /** The goodbyes whose reply nobody waits for any more; the server may carry them out yet. */
  readonly #lateByes = new Set<number>();

  /** @param self our own instance */
  constructor(emit: (event: ClientEvent) => void, self: () => string) {
    this.#emitEvent = emit;
    this.roster = new Roster((event) => this.#emit(event), self);
  }

  /** What we know of it without the others. */
  get inside(): Readonly<Inside> | undefined {
    return this.#inside;
  }

  /** As it is shown to who uses the client. */
  joined(): JoinedRoom | undefined {
    if (!this.#inside) return undefined;
    const { room, call, self } = this.#inside;
    return { room, call, self, participants: this.roster.participants() };
  }

  /** We got in by a wish of ours. */
  enter(view: RoomView, wish: Wish): void {
    const { media = this.#inside?.media ?? view.self.media, state = this.#inside?.state ?? {} } = wish;
    this.#enterAs(view, media, state);
    if (wish.type === 'invite' && this.#inside) this.#inside.by = wish.requestId;
    this.roster.reset(view.participants);
  }

  /** The invite by which we are here was answered. */
  confirm(requestId: number): void {
    if (this.#inside?.by === requestId) delete this.#inside.by;
  }

  /** Something else than our own wish took us to another room. */
  move(view: RoomView): void {
    if (!this.#inside) return;
    const isElsewhere = view.room !== this.#inside.room;
    this.#enterAs(view, this.#inside.media, this.#inside.state);
    const changes = this.#hold(() => {
      this.roster.dropAllBut(view.participants);
      this.roster.reconcile(view.participants, 'left');
    });
    const value = this.joined();
    if (isElsewhere && value) this.#emit({ name: 'moved', value });
    for (const change of changes) this.#emitEvent(change);
  }

  /**
   * We are in the room again after the server had forgotten everybody.
   * @returns what has changed there, to be told after that
   */
  rejoin(view: RoomView, now: Micros): ClientEvent[] {
    const { media, state } = this.#inside ?? { media: view.self.media, state: view.self.state };
    this.#enterAs(view, media, state);
    return this.#hold(() => this.roster.reconcile(view.participants, { until: patience(now) }));
  }

  /**
   * The session goes on; we were in a room, and the server says where we are.
   * @returns whether that is where we were
   */
  resume(view: RoomView | undefined): boolean {
    if (!view) this.remove('call-ended');
    else if (view.room !== this.#inside?.room) this.move(view);
    else {
      this.#inside.self = view.self;
      this.roster.reconcile(view.participants, 'left');
      return true;
    }
    return false;
  }

  /** The server tells of the room. */
  told(news: News, now: Micros): void {
    if (!this.#inside) return;
    if (news.type === 'participant-joined') this.roster.joined(news.participant);
    else if (news.type === 'participant-updated') this.roster.updated(news.participant);
    else if (news.type === 'participant-left') this.roster.left(news.id, news.reason, now);
    else if (news.type === 'key') this.#emit({ name: 'key', value: { from: news.from, data: news.data } });
    else if (news.room === this.#inside.room) this.remove(news.reason);
  }

  /** How we want to be from now on. */
  update({ media, state }: Request & { type: 'update' }): void {
    if (!this.#inside) return;
    const { self } = this.#inside;
    this.#inside.media = media ?? this.#inside.media;
    this.#inside.state = { ...this.#inside.state, ...state };
    this.#inside.self = { ...self, media: this.#inside.media, state: { ...self.state, ...state } };
  }

  /** What is to be asked for so that the server has us as we want to be; undefined when it does. */
  disagreement(): { media: MediaDescription; state: ParticipantState } | undefined {
    if (!this.#inside) return undefined;
    const { media, state, self } = this.#inside;
    const isMedia = JSON.stringify(media) === JSON.stringify(self.media);
    const flags = ['muted', 'cameraOff', 'onHold', 'away'] as const;
    const isState = flags.every((flag) => (state[flag] ?? false) === (self.state[flag] ?? false));
    return isMedia && isState ? undefined : { media, state };
  }

  /** The reply to a goodbye did not come in time. It may have been on its way, so we stay until we know. */
  byeGivenUp(requestId: number): void {
    if (this.#inside?.call) this.#lateByes.add(requestId);
  }

  /** The server did what had been given up: if that is a goodbye, we are out of the call after all. */
  answeredLate(requestId: number): void {
    if (this.#lateByes.delete(requestId) && this.#inside?.call) this.remove('call-ended');
  }

  /** We were put out. */
  remove(reason: string): void {
    if (!this.#inside) return;
    const { room, by } = this.#inside;
    this.forget();
    if (by === undefined) this.#emitEvent({ name: 'removed', value: { room, reason } });
  }

  /** We are in no room any more, and nobody has to be told. */
  forget(): void {
    this.#inside = undefined;
    this.#lateByes.clear();
    this.roster.reset();
  }

  #enterAs({ room, call, self }: RoomView, media: MediaDescription, state: ParticipantState): void {
    const by = this.#inside?.by;
    this.#inside = { room, call, self, media, state, ...(by !== undefined && { by }) };
  }

  /** What happens where nobody knows yet that we are there comes with the answer to the invite. */
  #emit(event: ClientEvent): void {
    if (this.#inside?.by !== undefined) return;
    if (this.#held) this.#held.push(event);
    else this.#emitEvent(event);
  }

  #hold(change: () => void): ClientEvent[] {
    const held: ClientEvent[] = (this.#held = []);
    change();
    this.#held = undefined;
    return held;
  }
}
