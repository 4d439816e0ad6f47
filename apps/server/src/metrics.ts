import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { ServerObserver, SignalingServer } from '@hellohaybye/signaling/server';

/** What Prometheus is told, counted by observing a server. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #messages = this.#counter('messages_total', 'Well-formed messages of clients, by type', 'type');
  readonly #refused = this.#counter('refused_total', 'What was refused or cut off, by code', 'code');
  readonly #calls = this.#counter('calls_total', 'Invitations to calls that ended, by outcome', 'outcome');
  readonly #latency = new Histogram({
    name: `${prefix}relay_seconds`,
    help: 'From when a message came in to when the last of those whom it is for was written to',
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5],
    registers: [this.#registry],
  });

  /** To be given to the server. */
  readonly observer: ServerObserver = {
    received: (type) => this.#messages.inc({ type }),
    refused: (code) => this.#refused.inc({ code }),
    invitationEnded: (outcome) => this.#calls.inc({ outcome }),
    relayed: (latency) => this.#latency.observe(latency / 1e6),
  };

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** From now on the metrics tell how much of what there is at this server. */
  watch(server: Pick<SignalingServer, 'statistics'>): void {
    for (const what of ['connections', 'rooms', 'participants'] as const) {
      new Gauge({
        name: `${prefix}${what}`,
        help: `Open ${what}`,
        registers: [this.#registry],
        collect() {
          this.set(server.statistics()[what]);
        },
      });
    }
  }

  /** In the text format of Prometheus. */
  async text(): Promise<{ body: string; contentType: string }> {
    return { body: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }

  #counter<Label extends string>(name: string, help: string, label: Label): Counter<Label> {
    return new Counter({ name: prefix + name, help, labelNames: [label], registers: [this.#registry] });
  }
}

const prefix = 'hellohaybye_';
