import { micros, seconds, type Clock, type Micros } from '@hellohaybye/core';
import { Alarm } from '@hellohaybye/core/node';
import type { EndpointEvent } from '@hellohaybye/transport';

/** Told who has gone. */
type OnGone = (id: string, reason: 'left' | 'timed-out') => void;

/**
 * Who has gone, where no server tells. A BYE is a hint only: anybody can pass one on that was meant for somebody else
 * (docs/wire-format.md, section 9). What counts is that nothing of theirs comes any more.
 */
export class Departures {
  readonly #alarm: Alarm;
  readonly #heard = new Set<string>();
  readonly #goodbyes = new Map<string, Micros>();
  /** Those of whom nothing comes, since when that was noticed. */
  readonly #silent = new Map<string, Micros>();
  #lostAt: Micros | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly onGone: OnGone,
  ) {
    this.#alarm = new Alarm(clock, () => this.#look());
  }

  /** There is no server now, or there is one again. While there is, its word counts. */
  serverIs(state: 'lost' | 'there'): void {
    this.#lostAt = state === 'there' ? undefined : (this.#lostAt ?? this.#now);
    this.#look();
  }

  /** Takes what the transport tells of somebody; what says nothing of this is passed over. */
  take(event: EndpointEvent): void {
    if (event.type === 'bye') this.#goodbyes.set(event.peer, this.#now);
    else if (event.type === 'timeout') {
      this.#heard.delete(event.peer);
      this.#silent.set(event.peer, this.#now);
      this.#look();
    } else if (event.type === 'source' || event.type === 'resumed') {
      this.forget(event.peer);
      this.#heard.add(event.peer);
      this.#look();
    }
  }

  /** Somebody has gone, by whatever way. */
  forget(id: string): void {
    this.#heard.delete(id);
    this.#silent.delete(id);
    this.#goodbyes.delete(id);
  }

  close(): void {
    this.#alarm.clear();
  }

  get #now(): Micros {
    return this.clock.now();
  }

  #look(): void {
    const lostAt = this.#lostAt;
    if (lostAt === undefined) return;
    const now = this.#now;
    // Who hears nobody is cut off themselves, and may find everybody again.
    const isAnybodyHeard = this.#heard.size > 0;
    for (const [id, since] of [...this.#silent]) {
      const saidBye = since - (this.#goodbyes.get(id) ?? -Infinity) <= BYE_COUNTS;
      const at = saidBye ? since : micros(Math.max(since, lostAt) + PATIENCE);
      if (at > now) this.#alarm.set(at);
      else if (saidBye || isAnybodyHeard) this.onGone(id, saidBye ? 'left' : 'timed-out');
    }
  }
}

/** Silence that begins with a BYE is noticed so long after it at the latest: the peer timeout, and what was on its way. */
const BYE_COUNTS = seconds(6);

/** Who is silent without a BYE may be back: so much longer, 30 s in all. */
const PATIENCE = seconds(25);
