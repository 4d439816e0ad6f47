import { once } from 'node:events';
import { WebSocket } from 'ws';

/** Sees what a call's page shows, as its script in the browser does, without a browser. */
export class PageViewer {
  #names = new Map<number, string>();
  #waiting = new Map<string, (jpeg: Uint8Array) => void>();

  private constructor(private readonly socket: WebSocket) {
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

  /** Says what the script in the browser says when somebody does something. */
  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  close(): void {
    this.socket.terminate();
  }

  #tell(message: Message): void {
    if (message.type === 'participant') this.#names.set(message.key, message.participant.name);
  }

  #picture(data: Buffer): void {
    // Only who says that a picture was shown gets the next one.
    this.socket.send(data.subarray(0, 4));
    const name = this.#names.get(data.readUInt32BE(0)) ?? '';
    this.#waiting.get(name)?.(Uint8Array.from(data.subarray(4)));
    this.#waiting.delete(name);
  }
}

type Message =
  | { type: 'hello' | 'left' | 'controls' | 'roster' }
  | { type: 'participant'; key: number; participant: { name: string } };
