import type { Refusal } from '../../protocol/errors.js';

/** How many connections may be open. */
export interface AdmissionLimits {
  connections: number;
  connectionsPerAddress: number;
}

/** Counts the open connections, in all and by address, and says when there are too many. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #byAddress = new Map<string, number>();
  #open = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Counts a connection; or says why it is refused, and does not count it. */
  admit(address: string): Refusal | undefined {
    const { connections, connectionsPerAddress } = this.#limits;
    const theirs = this.#byAddress.get(address) ?? 0;
    if (theirs >= connectionsPerAddress) {
      const message = `There are ${connectionsPerAddress} connections from your address already`;
      return { code: 'too-many-connections', message };
    }
    if (this.#open >= connections) return { code: 'server-full', message: 'The server is full' };
    this.#open += 1;
    this.#byAddress.set(address, theirs + 1);
    return undefined;
  }

  /** A connection that was counted is gone. */
  release(address: string): void {
    const theirs = this.#byAddress.get(address);
    if (theirs === undefined) return;
    this.#open -= 1;
    if (theirs === 1) this.#byAddress.delete(address);
    else this.#byAddress.set(address, theirs - 1);
  }
}
