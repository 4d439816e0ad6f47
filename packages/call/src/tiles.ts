import type { Clock } from '@hellohaybye/core';
import type { OwnState } from './control/control-message.js';
import type { IncomingPipeline } from './incoming-pipeline.js';
import type { OutgoingMedia } from './outgoing-media.js';
import type { Parts } from './parts.js';
import type { Roster } from './roster.js';
import { StatusMeter } from './status.js';

/** What the page shows of everybody, beside their pictures. */
interface Shown {
  self: () => { name: string; state: OwnState; sends: { audio: boolean; video: boolean } };
  /** Our own fingerprint for people. */
  key: { words?: string };
  roster: Roster;
  incoming: IncomingPipeline;
  outgoing: OutgoingMedia;
}

/** Keeps the tiles of a page up to date: our own, and everybody's frame rate and level. */
export class Tiles {
  readonly #meter = new StatusMeter();

  constructor(
    private readonly parts: Parts,
    private readonly clock: Clock,
    private readonly shown: Shown,
  ) {}

  /** Does something again and again, until the parts are closed: `refresh`, with what becomes of its errors. */
  start(refresh: () => void): void {
    const timer = setInterval(refresh, INTERVAL_MS);
    this.parts.closers.add({ close: () => clearInterval(timer) });
  }

  /** Brings our own tile up to date. */
  showSelf(): void {
    const { name, state, sends } = this.shown.self();
    const { muted, cameraOff, onHold, away } = state;
    this.parts.page?.setParticipant('self', {
      ...{ name, self: true, onHold, away, level: this.shown.outgoing.level, ...this.shown.key },
      ...{ muted: muted || !sends.audio, cameraOff: cameraOff || !sends.video },
    });
  }

  /** Brings all of them up to date, if anybody looks at them. */
  async refresh(): Promise<void> {
    const { page, transport } = this.parts;
    if (!page || page.viewers === 0) return;
    this.showSelf();
    const statistics = await transport.statistics();
    const { roster, incoming } = this.shown;
    for (const peer of roster.members) {
      const { fps, level } = this.#meter.measure(peer, incoming, statistics, this.clock.now());
      roster.show(peer, { fps, level: level ?? -Infinity });
    }
  }

  /** Somebody left. */
  forget(id: string): void {
    this.#meter.forget(id);
  }
}

/** How often the page learns everybody's frame rate and level, milliseconds. */
const INTERVAL_MS = 200;
