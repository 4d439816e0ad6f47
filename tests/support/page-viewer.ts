import { once } from 'node:events';
import { WebSocket } from 'ws';

/** Sees what a call's page shows, as its script in the browser does, without a browser. */
export class PageViewer {
  #names = new Map<number, string>();
  #waiting = new Map<string, (jpeg: Uint8Array) => void>();
  #shown = new Map<string, Shown>();
  #looking = new Set<() => void>();
  readonly #sessionKey: Promise<string>;
  readonly #keep: (key: string) => void;

  private constructor(private readonly socket: WebSocket) {
    let keep: (key: string) => void;
    this.#sessionKey = new Promise((resolve) => (keep = resolve));
    this.#keep = (key) => keep(key);
    socket.on('message', (data: Buffer, binary: boolean) => {
      if (binary) this.#picture(data);
      else this.#tell(JSON.parse(data.toString()) as Message);
    });
  }

  /** @param url of the page */
  static async open(url: string): Promise<PageViewer> {
    const { host, origin, hash } = new URL(url);
    const socket = new WebSocket(`ws://${host}/socket?${hash.slice(1)}`, { origin });
    const viewer = new PageViewer(socket);
    await once(socket, 'open');
    return viewer;
  }

  /** The next picture of somebody, a JPEG. */
  nextPicture(name: string): Promise<Uint8Array> {
    const ended = once(this.socket, 'close').then(() => {
      throw new Error(`the page ended without a picture of ${name}`);
    });
    const picture = new Promise<Uint8Array>((resolve) => this.#waiting.set(name, resolve));
    return Promise.race([picture, ended]);
  }

  /** What is shown of somebody, once it is as wanted. */
  shown(name: string, wanted: (shown: Shown) => boolean): Promise<Shown> {
    return new Promise((resolve) => {
      const look = () => {
        const shown = this.#shown.get(name);
        if (!shown || !wanted(shown)) return;
        this.#looking.delete(look);
        resolve(shown);
      };
      this.#looking.add(look);
      look();
    });
  }

  /** The key of its later connections, where it was let in by an address. */
  get sessionKey(): Promise<string> {
    return this.#sessionKey;
  }

  /** Says what the script in the browser says when somebody does something. */
  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  close(): void {
    this.socket.terminate();
  }

  #tell(message: Message): void {
    if (message.type === 'session') this.#keep(message.key);
    if (message.type !== 'participant') return;
    this.#names.set(message.key, message.participant.name);
    this.#shown.set(message.participant.name, message.participant);
    for (const look of this.#looking) look();
  }

  #picture(data: Buffer): void {
    // Only who says that a picture was shown gets the next one.
    this.socket.send(data.subarray(0, 4));
    const name = this.#names.get(data.readUInt32BE(0)) ?? '';
    this.#waiting.get(name)?.(Uint8Array.from(data.subarray(4)));
    this.#waiting.delete(name);
  }
}

/** As much of what is shown of somebody as is looked at here. */
export interface Shown {
  name: string;
  self?: boolean;
  words?: string;
  key?: string;
}

type Message =
  | { type: 'hello' | 'left' | 'controls' | 'roster' }
  | { type: 'session'; key: string }
  | { type: 'participant'; key: number; participant: Shown };
