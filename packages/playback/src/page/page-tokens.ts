import { randomBytes, timingSafeEqual } from 'node:crypto';

/** Tokens that are kept until somebody uses them; of more the oldest ones end. */
const MOST_UNUSED = 16;

/**
 * What lets windows in. What stands in an address is seen by others, in lists of processes and in histories: it is
 * good for one window, which gets the session key in return, for the connections that it makes after the first.
 */
export class PageTokens {
  /** What windows that were let in come again with. It stands in no address. */
  readonly sessionKey = newToken();
  readonly #unused: string[] = [];
  #current = newToken();

  /** A token that lets one window in; then it is another one. */
  get current(): string {
    return this.#current;
  }

  /** One more token that lets one window in. */
  issue(): string {
    const token = newToken();
    this.#unused.push(token);
    if (this.#unused.length > MOST_UNUSED) this.#unused.shift();
    return token;
  }

  /** Whether it lets in: by the session key, or once. What lets in once is used up by this. */
  admit(given: string): 'session' | 'once' | undefined {
    if (isSame(given, this.sessionKey)) return 'session';
    if (isSame(given, this.#current)) {
      this.#current = newToken();
      return 'once';
    }
    const index = this.#unused.findIndex((token) => isSame(given, token));
    if (index < 0) return undefined;
    this.#unused.splice(index, 1);
    return 'once';
  }
}

const newToken = (): string => randomBytes(16).toString('base64url');

function isSame(given: string, ours: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(ours)];
  return left.length === right.length && timingSafeEqual(left, right);
}
