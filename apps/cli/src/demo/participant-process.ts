import { fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ParticipantReport } from '@hellohaybye/call';
import { HhbError } from '@hellohaybye/core';
import type { Ports } from './impaired-network.js';
import type { FromParticipant, ToParticipant } from './messages.js';

type MessageOf<Type extends FromParticipant['type']> = Extract<FromParticipant, { type: Type }>;

interface Events {
  say: [string];
  status: [MessageOf<'status'>['status']];
}

/** How long a participant may take to say goodbye before its process is ended, milliseconds. */
const goodbyeTimeout = 5_000;

/** One participant of the demo, in a process of its own. */
export class ParticipantProcess extends EventEmitter<Events> {
  readonly #child = fork(
    fileURLToPath(new URL('../bin/hellohaybye.js', import.meta.url)),
    ['demo-participant'],
    {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
  /** Resolves when this one sees somebody else; rejects when it fails before. */
  readonly accompanied: Promise<void>;
  /** The UDP ports that it opened, if it is to announce others; rejects when it fails before. */
  readonly ports: Promise<Ports>;
  readonly #report: Promise<ParticipantReport>;
  readonly #gone: Promise<unknown>;

  constructor(start: Omit<ToParticipant & { type: 'start' }, 'type'>) {
    super();
    // The channel is read to its end after the exit is known: what was said last must not be missed.
    this.#gone = Promise.all([once(this.#child, 'exit'), once(this.#child, 'disconnect')]);
    const failed = new Promise<never>((_, reject) => {
      this.#on('failed', ({ code, message, hint }) =>
        reject(new HhbError(code ?? 'failed', message, { hint })),
      );
      const unexpected = (cause?: unknown) =>
        reject(new HhbError('participant-ended', 'A participant ended unexpectedly', { cause }));
      this.#gone.then(() => unexpected(), unexpected);
    });
    failed.catch(() => undefined);
    const others = new Promise<void>((resolve) => this.#on('others', ({ count }) => count > 0 && resolve()));
    const ports = new Promise<Ports>((resolve) => this.#on('ports', (message) => resolve(message.ports)));
    const report = new Promise<ParticipantReport>((resolve) =>
      this.#on('report', (message) => resolve(message.report)),
    );
    this.accompanied = Promise.race([others, failed]);
    this.accompanied.catch(() => undefined);
    this.ports = Promise.race([ports, failed]);
    this.ports.catch(() => undefined);
    this.#report = Promise.race([report, failed]);
    this.#report.catch(() => undefined);
    this.#on('say', ({ line }) => this.emit('say', line));
    this.#on('status', ({ status }) => this.emit('status', status));
    this.#tell({ type: 'start', ...start });
  }

  /** Resolves when the process ends early, with nothing; rejects with the reason when it failed. */
  get failure(): Promise<unknown> {
    return this.#report;
  }

  /** Has the participant tell the others to send to these ports; it joins then. */
  announce(ports: Ports): void {
    this.#tell({ type: 'announce', ports });
  }

  /** Has the participant leave, and returns what it received. */
  async leave(): Promise<ParticipantReport> {
    this.#tell({ type: 'leave' });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), goodbyeTimeout);
    try {
      const report = await this.#report;
      await this.#gone;
      return report;
    } finally {
      clearTimeout(timer);
    }
  }

  #tell(message: ToParticipant): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #on<Type extends FromParticipant['type']>(type: Type, listener: (message: MessageOf<Type>) => void): void {
    this.#child.on('message', (message: FromParticipant) => {
      if (message.type === type) listener(message as MessageOf<Type>);
    });
  }
}
