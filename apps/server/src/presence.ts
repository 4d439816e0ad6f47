import { hostname } from 'node:os';
import { announceServer, type Announcement } from '@hellohaybye/signaling/discovery';
import type { SignalingServer } from '@hellohaybye/signaling/server';
import type { Logger } from 'pino';
import type { Settings } from './settings.js';

/**
 * Lets those on the local network find the server, unless it is hidden. With TLS it is announced by the pin of its
 * certificate, whoever has signed that: who finds addresses has no name to check it by.
 */
export class Presence {
  #announcement: Announcement | undefined;
  #pin: string | undefined;
  #closed = false;

  constructor(
    private readonly settings: Pick<Settings, 'hidden' | 'announceName' | 'token' | 'jwtKeyFile'>,
    private readonly server: Pick<SignalingServer, 'host' | 'port'>,
    private readonly logger: Logger,
  ) {}

  /** Announces it; or anew, as another, when its certificate has another pin than before. */
  async announce(pin: string | undefined): Promise<void> {
    const { settings, server, logger } = this;
    if (settings.hidden || this.#closed || (this.#announcement && pin === this.#pin)) return;
    const before = this.#announcement;
    this.#pin = pin;
    this.#announcement = announceServer({
      ...{ host: server.host, port: server.port, kind: 'server' },
      ...(pin !== undefined && { pin }),
      needsToken: (settings.token ?? settings.jwtKeyFile) !== undefined,
      ...(settings.announceName && { announceName: hostname() }),
      onProblem: (link, reason) => logger.debug({ interface: link, reason }, 'not announced there'),
    });
    await before?.close();
  }

  /** Takes the announcement back. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#announcement?.close();
  }
}
