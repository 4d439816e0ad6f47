import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A place on a screen, in pixels, and its colour, 0xRRGGBB. */
export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
  colour: number;
}

/**
 * Draws on an X screen, by the X protocol itself: no program that draws is needed. What was drawn is there
 * as long as the connection.
 */
export class Drawing {
  #nextId: number;

  private constructor(
    private readonly socket: Socket,
    private readonly root: number,
    firstId: number,
  ) {
    this.#nextId = firstId;
  }

  /** @param display such as `:3`, 24 bits deep */
  static async on(display: string): Promise<Drawing> {
    const socket = connect(`/tmp/.X11-unix/X${display.slice(1)}`);
    const hello = Buffer.alloc(12);
    hello.write('l');
    hello.writeUInt16LE(11, 2);
    socket.write(hello);
    const [setup] = (await once(socket, 'data')) as [Buffer];
    if (setup[0] !== 1) throw new Error(`${display} lets nobody draw`);
    // The screens come after the vendor's name, padded to 4, and the formats, 8 bytes each.
    const screens = 40 + Math.ceil(setup.readUInt16LE(24) / 4) * 4 + setup[29]! * 8;
    return new Drawing(socket, setup.readUInt32LE(screens), setup.readUInt32LE(12));
  }

  /** Puts a rectangle over what is there. Resolves when it can be seen. */
  async fill({ x, y, width, height, colour }: Rectangle): Promise<void> {
    const window = this.#nextId++;
    const create = Buffer.alloc(36);
    create[0] = 1;
    create.writeUInt16LE(9, 2);
    create.writeUInt32LE(window, 4);
    create.writeUInt32LE(this.root, 8);
    [x, y, width, height].forEach((value, index) => create.writeUInt16LE(value, 12 + 2 * index));
    // The one attribute that is given: the background, as a pixel value.
    create.writeUInt32LE(2, 28);
    create.writeUInt32LE(colour, 32);
    const map = Buffer.alloc(8);
    map[0] = 8;
    map.writeUInt16LE(2, 2);
    map.writeUInt32LE(window, 4);
    // Any question will do (GetInputFocus): when it is answered, what was asked before has been done.
    this.socket.write(Buffer.concat([create, map, Buffer.from([43, 0, 1, 0])]));
    await once(this.socket, 'data');
  }

  /** Takes away what was drawn. */
  close(): void {
    this.socket.destroy();
  }
}
