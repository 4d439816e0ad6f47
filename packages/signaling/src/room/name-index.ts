import { shownName, type Session } from './session.js';
import { nameKey } from './unique-name.js';

/** Who is shown by which name, so that finding somebody does not mean to ask everybody. */
export class NameIndex {
  readonly #byKey = new Map<string, Set<Session>>();
  readonly #keys = new Map<Session, string>();

  /** Somebody came, or may be shown by another name now. */
  set(session: Session): void {
    const key = nameKey(shownName(session));
    if (this.#keys.get(session) === key) return;
    this.delete(session);
    this.#keys.set(session, key);
    const named = this.#byKey.get(key);
    if (named) named.add(session);
    else this.#byKey.set(key, new Set([session]));
  }

  delete(session: Session): void {
    const key = this.#keys.get(session);
    if (key === undefined) return;
    this.#keys.delete(session);
    const named = this.#byKey.get(key);
    named?.delete(session);
    if (named?.size === 0) this.#byKey.delete(key);
  }

  /** Those who are shown by a name, whatever its case, in the order of their ids. */
  of(name: string): Session[] {
    // The order in which they were named is not the same in a process that began with a snapshot.
    return [...(this.#byKey.get(nameKey(name)) ?? [])].sort((one, other) => (one.id < other.id ? -1 : 1));
  }
}
