const STORED = 'hellohaybye-session';

/**
 * What lets this window in: the end of its address once, and from then on the session's key, which stands in no
 * address and no history. It is kept for as long as the window is there, so that it may be reloaded.
 */
export class PageAccess {
  #token = location.hash.slice(1);

  constructor() {
    if (this.#token === '') this.next();
    // To put another end to the address that is shown loads nothing by itself.
    addEventListener('hashchange', () => {
      if (location.hash.length > 1) location.reload();
    });
  }

  /** Empty when there is none. */
  get token(): string {
    return this.#token;
  }

  /** The session's key takes the place of the address's end, which is used up. */
  keep(key: string): void {
    this.#token = key;
    history.replaceState(null, '', location.pathname);
    try {
      sessionStorage.setItem(STORED, key);
    } catch {
      // Where the browser keeps nothing the window can't be reloaded; the call has another address for it.
    }
  }

  /** Turns to the key that an earlier load of this window was given. @returns whether there is one, and another one */
  next(): boolean {
    let kept: string | null = null;
    try {
      kept = sessionStorage.getItem(STORED);
    } catch {
      // as above
    }
    if (kept === null || kept === this.#token) return false;
    this.#token = kept;
    return true;
  }
}
