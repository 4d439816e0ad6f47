// A WebSocket client as cheap as can be, so that the load does not take the server's time: it masks with zeros, looks
// at nothing but the frames' headers, and answers pings.
import { connect } from 'node:net';

export class Client {
  /** Called with each text frame's length, and with its text when `isRead`. */
  onText = () => {};
  isRead = false;
  #rest = Buffer.alloc(0);

  /** @param index decides the loopback address that it connects from: a server's port can be reached from each */
  constructor(port, index, path = '/') {
    this.opened = new Promise((resolve, reject) => {
      const localAddress = `127.0.0.${1 + (index % 4)}`;
      this.socket = connect({ host: '127.0.0.1', port, localAddress, noDelay: true });
      this.socket.once('error', reject);
      this.socket.once('data', (data) => {
        if (!data.toString('latin1', 0, 12).endsWith('101')) return reject(new Error(data.toString()));
        this.socket.off('error', reject).on('error', () => {});
        this.socket.on('data', (more) => this.#take(more));
        const end = data.indexOf('\r\n\r\n') + 4;
        if (end < data.length) this.#take(data.subarray(end));
        resolve(this);
      });
      this.socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n',
      );
    });
  }

  /** Sends a message and gives the text of the next frame. */
  ask(message) {
    this.isRead = true;
    return new Promise((resolve) => {
      this.onText = (_, text) => {
        this.isRead = false;
        this.onText = () => {};
        resolve(text);
      };
      this.socket.write(frameOf(message));
    });
  }

  #take(data) {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, data]) : data;
    let at = 0;
    while (at + 2 <= all.length) {
      const short = all[at + 1];
      const header = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (at + header > all.length) break;
      const length =
        short < 126 ? short : short === 126 ? all.readUInt16BE(at + 2) : all.readUInt32BE(at + 6);
      const next = at + header + length;
      if (next > all.length) break;
      if (all[at] === 0x89) this.socket.write(pong);
      else if (all[at] === 0x81)
        this.onText(length, this.isRead ? all.toString('utf8', at + header, next) : '');
      at = next;
    }
    this.#rest = at < all.length ? all.subarray(at) : none;
  }
}

export function frameOf(message) {
  const payload = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
  const long = payload.length >= 126;
  const frame = Buffer.alloc((long ? 8 : 6) + payload.length);
  frame[0] = 0x81;
  frame[1] = 0x80 | (long ? 126 : payload.length);
  if (long) frame.writeUInt16BE(payload.length, 2);
  payload.copy(frame, long ? 8 : 6);
  return frame;
}

const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);
const none = Buffer.alloc(0);
