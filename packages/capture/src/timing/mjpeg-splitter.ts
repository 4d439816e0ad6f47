/**
 * Finds the pictures in a Motion JPEG stream, however its bytes are cut. It walks from marker to marker, so
 * a thumbnail inside a picture's application data is not taken for a picture. What lies between pictures,
 * and what is broken, is left out.
 */
export class MjpegSplitter {
  #buffer = new Uint8Array(64 * 1024);
  #filled = 0;
  /** How far the buffer was walked; what is walked next. */
  #at = 0;
  #state: 'start' | 'markers' | 'scan' = 'start';

  /** @param limit the longest picture in bytes; a longer one is left out. Default 16 MiB */
  constructor(private readonly limit = 16 * 1024 * 1024) {}

  /** Whether part of a picture is waiting for the rest. */
  get inside(): boolean {
    return this.#state !== 'start';
  }

  /** @returns the pictures that are complete now, from SOI to EOI, in memory of their own */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#append(chunk);
    const pictures: Uint8Array[] = [];
    while (this.#walk(pictures));
    if (this.#filled > this.limit) this.#drop(this.#filled);
    return pictures;
  }

  /** Takes one step, and says whether there was enough to take it. */
  #walk(pictures: Uint8Array[]): boolean {
    switch (this.#state) {
      case 'start':
        return this.#findStart();
      case 'markers':
        return this.#walkMarker(pictures);
      case 'scan':
        return this.#walkScan();
    }
  }

  #findStart(): boolean {
    let at = this.#buffer.indexOf(0xff);
    while (at !== -1 && at + 1 < this.#filled && this.#buffer[at + 1] !== 0xd8) {
      at = this.#buffer.indexOf(0xff, at + 1);
    }
    if (at === -1 || at >= this.#filled) {
      this.#drop(this.#filled);
      return false;
    }
    this.#drop(at);
    if (this.#filled < 2) return false;
    this.#at = 2;
    this.#state = 'markers';
    return true;
  }

  #walkMarker(pictures: Uint8Array[]): boolean {
    if (this.#at + 2 > this.#filled) return false;
    if (this.#buffer[this.#at] !== 0xff) return this.#giveUp();
    const marker = this.#buffer[this.#at + 1] as number;
    if (marker === 0xff) {
      this.#at++;
    } else if (marker === 0xd9) {
      if (this.#at + 2 <= this.limit) pictures.push(this.#buffer.slice(0, this.#at + 2));
      this.#drop(this.#at + 2);
    } else if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd8)) {
      return this.#giveUp();
    } else {
      if (this.#at + 4 > this.#filled) return false;
      const length = ((this.#buffer[this.#at + 2] as number) << 8) | (this.#buffer[this.#at + 3] as number);
      if (length < 2) return this.#giveUp();
      if (this.#at + 2 + length > this.#filled) return false;
      this.#at += 2 + length;
      if (marker === 0xda) this.#state = 'scan';
    }
    return true;
  }

  /** Goes on to the next marker that is neither a stuffed byte nor a restart. */
  #walkScan(): boolean {
    for (;;) {
      const found = this.#buffer.indexOf(0xff, this.#at);
      if (found === -1 || found >= this.#filled) {
        this.#at = this.#filled;
        return false;
      }
      this.#at = found;
      if (found + 1 >= this.#filled) return false;
      const marker = this.#buffer[found + 1] as number;
      if (marker !== 0 && (marker < 0xd0 || marker > 0xd7)) {
        this.#state = 'markers';
        return true;
      }
      this.#at = found + 2;
    }
  }

  /** This was no picture: the next start is looked for behind this one's. */
  #giveUp(): boolean {
    this.#drop(2);
    return true;
  }

  #drop(count: number): void {
    this.#buffer.copyWithin(0, count, this.#filled);
    this.#filled -= count;
    this.#at = 0;
    this.#state = 'start';
  }

  #append(chunk: Uint8Array): void {
    const needed = this.#filled + chunk.length;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(2 * needed);
      larger.set(this.#buffer.subarray(0, this.#filled));
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#filled);
    this.#filled = needed;
  }
}
