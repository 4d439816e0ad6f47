import { utf8Encode } from '@hellohaybye/core';

/** Puts fields one after another, big-endian. */
export class ByteWriter {
  readonly #bytes: number[] = [];

  /** A whole number in so many bytes, 1 to 6. */
  uint(value: number, bytes: number): this {
    for (let place = bytes - 1; place >= 0; place--) this.#bytes.push(Math.floor(value / 256 ** place) % 256);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#bytes.push(...value);
    return this;
  }

  /** A text as UTF-8 behind its length in two bytes. */
  text(value: string): this {
    const bytes = utf8Encode(value);
    return this.uint(bytes.length, 2).bytes(bytes);
  }

  finish(): Uint8Array {
    const finished = Uint8Array.from(this.#bytes);
    this.#bytes.fill(0);
    return finished;
  }
}
