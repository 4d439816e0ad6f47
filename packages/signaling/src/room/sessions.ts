import { micros, seconds, type Micros } from '@hellohaybye/core';
import type { Refusal } from '../protocol/errors.js';
import { waits } from '../protocol/limits.js';
import type { LeaveReason } from '../protocol/types.js';
import { loadSession, saveSession, type SavedDirectory } from './saved.js';
import type { Session } from './session.js';
import type { StoreCommand } from './store.js';
import type { Turn } from './turn.js';
import { givenName, nameKey } from './unique-name.js';

type Hello = StoreCommand & { type: 'hello' };

/** Who is there: by id, by connection, by what others know them by, and by the tokens that take them over. */
export class Sessions {
  readonly #turn: Turn;
  readonly #byId = new Map<string, Session>();
  readonly #byLink = new Map<string, Session>();
  readonly #byInstance = new Map<string, Session>();
  readonly #byToken = new Map<string, Session>();
  /** How many asked for a name, whatever its case and the number behind it. */
  readonly #ofName = new Map<string, number>();
  /** Those without a connection, the longest first; those of them of whom nobody has been told. */
  readonly #lost = new Set<Session>();
  readonly #untold = new Set<Session>();

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  all(): IterableIterator<Session> {
    return this.#byId.values();
  }

  ofId(id: string): Session | undefined {
    return this.#byId.get(id);
  }

  of(link: string): Session | undefined {
    return this.#byLink.get(link);
  }

  ofInstance(instance: string | undefined): Session | undefined {
    return instance === undefined ? undefined : this.#byInstance.get(instance);
  }

  /** Whom a token takes over. */
  ofToken(digest: string): Session | undefined {
    return this.#byToken.get(digest);
  }

  /** Why nobody else may have this name, if so. `before` is about to end. */
  nameRefusal({ name, mostOfName = Infinity }: Hello, before: Session | undefined): Refusal | undefined {
    const key = keyOf(name);
    const others = (this.#ofName.get(key) ?? 0) - (before && keyOf(before.name) === key ? 1 : 0);
    if (others < mostOfName) return undefined;
    const who = others === 1 ? 'Somebody is' : `${others} people are`;
    return { code: 'name-in-use', message: `${who} called "${givenName(name)}" already` };
  }

  open({ link, name, observedAddress, instance, token }: Hello): Session {
    const session: Session = {
      id: link,
      instance: instance ?? link,
      name,
      resumable: instance !== undefined && token !== undefined,
      observedAddress,
      link,
      tokens: [],
      lost: undefined,
      away: false,
      inside: undefined,
      incoming: new Map(),
      outgoing: new Map(),
      ended: [],
      missed: [],
      handled: -1,
      replies: [],
    };
    this.#byId.set(session.id, session);
    this.#byLink.set(link, session);
    this.#count(session, 1);
    if (session.resumable) this.#byInstance.set(session.instance, session);
    if (session.resumable && token !== undefined) this.#setTokens(session, [token]);
    return session;
  }

  /** The session goes on over another connection, and will be taken over by another token. */
  attach(session: Session, { link, resume, token, observedAddress }: Hello): void {
    this.#unlink(session);
    session.link = link;
    session.lost = undefined;
    session.observedAddress = observedAddress;
    this.#byLink.set(link, session);
    this.#lost.delete(session);
    this.#untold.delete(session);
    // The welcome with the new token may be lost too: until it is known to have come, both are good.
    this.#setTokens(
      session,
      [resume, token].filter((one) => one !== undefined),
    );
  }

  /** The connection is gone and the session stays for a while. */
  detach(session: Session, reason: LeaveReason): void {
    if (session.link !== undefined) this.#byLink.delete(session.link);
    session.link = undefined;
    session.lost = { since: this.#turn.now, reason, isTold: false };
    this.#lost.add(session);
    this.#untold.add(session);
  }

  /** The client has the last token. */
  confirm(session: Session): void {
    const last = session.tokens.at(-1);
    if (session.tokens.length > 1 && last !== undefined) this.#setTokens(session, [last]);
  }

  end(session: Session): void {
    this.#unlink(session);
    this.#setTokens(session, []);
    this.#byId.delete(session.id);
    this.#count(session, -1);
    if (this.#byInstance.get(session.instance) === session) this.#byInstance.delete(session.instance);
    this.#lost.delete(session);
    this.#untold.delete(session);
  }

  /** Those who have been away for so long that the others are to be told; each once. */
  longLost(): Session[] {
    const due = dueIn(this.#untold, this.#turn.now, tellAfter);
    for (const session of due) {
      this.#untold.delete(session);
      if (session.lost) session.lost.isTold = true;
    }
    return due;
  }

  /** Those who have been away for so long that they are given up. */
  expired(): Session[] {
    return dueIn(this.#lost, this.#turn.now, keepFor);
  }

  nextDeadline(): Micros | undefined {
    const [untold] = this.#untold;
    const [lost] = this.#lost;
    const times = [untold?.lost && untold.lost.since + tellAfter, lost?.lost && lost.lost.since + keepFor];
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : micros(Math.min(...known));
  }

  save(): Pick<SavedDirectory, 'sessions' | 'lost' | 'untold'> {
    const ids = (sessions: Iterable<Session>) => Array.from(sessions, ({ id }) => id);
    return {
      sessions: Array.from(this.#byId.values(), saveSession),
      lost: ids(this.#lost),
      untold: ids(this.#untold),
    };
  }

  load({ sessions, lost, untold }: Pick<SavedDirectory, 'sessions' | 'lost' | 'untold'>): void {
    for (const saved of sessions) {
      const session = loadSession(saved);
      this.#byId.set(session.id, session);
      this.#count(session, 1);
      if (session.link !== undefined) this.#byLink.set(session.link, session);
      if (session.resumable) this.#byInstance.set(session.instance, session);
      this.#setTokens(session, session.tokens);
    }
    for (const session of this.withIds(lost)) this.#lost.add(session);
    for (const session of this.withIds(untold)) this.#untold.add(session);
  }

  /** Those of these ids who are there, in the order of the ids. */
  withIds(ids: readonly string[]): Session[] {
    return ids.flatMap((id) => this.#byId.get(id) ?? []);
  }

  #count({ name }: Session, change: 1 | -1): void {
    const key = keyOf(name);
    const count = (this.#ofName.get(key) ?? 0) + change;
    if (count > 0) this.#ofName.set(key, count);
    else this.#ofName.delete(key);
  }

  #unlink(session: Session): void {
    if (session.link === undefined) return;
    this.#byLink.delete(session.link);
    session.link = undefined;
  }

  #setTokens(session: Session, tokens: readonly string[]): void {
    for (const token of session.tokens) this.#byToken.delete(token);
    session.tokens = tokens;
    for (const token of tokens) this.#byToken.set(token, session);
  }
}

function dueIn(sessions: Iterable<Session>, now: Micros, after: Micros): Session[] {
  const due: Session[] = [];
  for (const session of sessions) {
    if (session.lost === undefined || session.lost.since + after > now) break;
    due.push(session);
  }
  return due;
}

const keyOf = (name: string): string => nameKey(givenName(name));

const tellAfter = seconds(waits.reconnecting);
const keepFor = seconds(waits.session);
