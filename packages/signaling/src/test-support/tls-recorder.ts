import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server, type TlsOptions, type TLSSocket } from 'node:tls';
import type { OwnCertificate } from '../certificate/make-certificate.js';

/** A TLS server that keeps what it is told, and never answers. */
export class TlsRecorder {
  /** What came in, decrypted. */
  received = '';
  connections = 0;
  /** Handshakes that came to their end. */
  handshakes = 0;
  /** Of these, those that resumed an earlier one. */
  resumed = 0;
  readonly #sockets = new Set<Socket>();
  readonly #waiting = new Set<() => void>();

  private constructor(readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        for (const look of this.#waiting) look();
      });
    });
    server.on('secureConnection', (socket: TLSSocket) => {
      this.handshakes += 1;
      if (socket.isSessionReused()) this.resumed += 1;
      socket.on('error', () => {});
      socket.on('data', (data) => (this.received += data.toString()));
    });
    server.on('tlsClientError', () => {});
  }

  static async start(certificate: OwnCertificate, options: TlsOptions = {}): Promise<TlsRecorder> {
    const all = { ...certificate, ALPNProtocols: ['http/1.1'], ...options };
    const recorder = new TlsRecorder(createServer(all));
    recorder.server.listen(0, '127.0.0.1');
    await once(recorder.server, 'listening');
    return recorder;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `wss://127.0.0.1:${this.port}`;
  }

  /** Resolves when nobody is connected any more: what they sent is in `received` then. */
  async idle(): Promise<void> {
    while (this.#sockets.size > 0) {
      await new Promise<void>((resolve) => {
        const look = () => (this.#waiting.delete(look), resolve());
        this.#waiting.add(look);
      });
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
