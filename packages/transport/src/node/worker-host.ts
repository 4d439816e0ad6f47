import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { HhbError, type Clock } from '@hellohaybye/core';
import type { OutgoingFrame } from '../endpoint/types.js';
import { checkControlMessage } from '../control/limits.js';
import { Backlog, CONTROL_MESSAGE_COST } from './backlog.js';
import { ControlQueues } from './control-queues.js';
import type { PacketIndex } from '../protect/srtp-key.js';
import type { Host } from './host.js';
import {
  fromPlainError,
  type Bound,
  type Command,
  type DriverListener,
  type FromWorker,
  type NodeStatistics,
  type ToWorker,
  type WorkerStart,
} from './messages.js';
import { monotonicMicros } from './monotonic.js';
import type { TransportOptions } from './options.js';
import { postFrame } from './post-frame.js';

/**
 * A driver in a thread of its own.
 * @throws HhbError as `Driver.open` does, and `worker-failed`
 */
export async function hostInWorker(
  options: TransportOptions,
  clock: Clock,
  listener: DriverListener,
): Promise<Host> {
  const backlog = Backlog.memory();
  const start: WorkerStart = { options, epoch: clock.now() - monotonicMicros(), backlog };
  // Flags of this process, such as --input-type, may not fit a worker, and none is needed.
  const worker = new Worker(workerUrl(), { workerData: start, execArgv: [], name: 'hellohaybye-transport' });
  const host = new WorkerHost(worker, backlog, listener);
  await host.opened;
  return host;
}

class WorkerHost implements Host {
  /** Known once `opened` is. */
  bound: Bound = { ports: {}, receiveBuffers: {}, controlSsrc: 0 };
  /** Resolves when the sockets are bound. */
  readonly opened: Promise<void>;
  #settle: { resolve: () => void; reject: (error: Error) => void } | undefined;
  readonly #exited: Promise<void>;
  readonly #toWorker: Backlog;
  readonly #toMain: Backlog;
  readonly #controlToMain: Backlog;
  readonly #control = new ControlQueues();
  readonly #asked = new Map<number, Asked<NodeStatistics>>();
  readonly #askedIndices = new Map<number, Asked<PacketIndex[]>>();
  #nextId = 0;
  /** Frames that were not posted because the worker is too far behind. */
  #notTaken = 0;
  /** Why the thread is gone. */
  #end: HhbError | undefined;
  /** `opening` and `closing` expect an end, `open` does not. */
  #state: 'opening' | 'open' | 'closing' | 'gone' = 'opening';

  constructor(
    private readonly worker: Worker,
    backlog: SharedArrayBuffer,
    private readonly listener: DriverListener,
  ) {
    this.#toWorker = new Backlog(backlog, 0);
    this.#toMain = new Backlog(backlog, 1);
    this.#controlToMain = new Backlog(backlog, 2);
    let cause: unknown;
    this.opened = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    worker.on('message', (message: FromWorker) => this.#take(message));
    worker.on('error', (error) => (cause = error));
    this.#exited = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#ended(cause);
        resolve();
      });
    });
  }

  send({ stream, data, capturedAt }: OutgoingFrame): void {
    if (this.#state !== 'open') return;
    // Of its own making: whatever else the caller's object holds is not for the other thread.
    if (this.#toWorker.add(data.length))
      postFrame(this.worker, { stream, data, capturedAt } satisfies ToWorker);
    else this.#notTaken += 1;
  }

  run(command: Command): void {
    if (this.#state !== 'open') return;
    this.#control.command(command);
    this.worker.postMessage(command satisfies ToWorker);
  }

  sendControl(peer: string, data: Uint8Array): boolean {
    checkControlMessage(data);
    if (this.#state !== 'open' || !this.#control.push(peer, data.length)) return false;
    // A copy, and of nothing but the message, whatever larger memory it is a view of.
    const copy = new Uint8Array(data);
    this.worker.postMessage({ type: 'send-control', peer, data: copy } satisfies ToWorker, [copy.buffer]);
    return true;
  }

  statistics(): Promise<NodeStatistics> {
    return this.#ask('statistics', this.#asked);
  }

  packetIndices(): Promise<PacketIndex[]> {
    return this.#ask('packet-indices', this.#askedIndices);
  }

  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      this.worker.postMessage({ type: 'close' } satisfies ToWorker);
    }
    await this.#exited;
  }

  #ask<T>(type: 'statistics' | 'packet-indices', asked: Map<number, Asked<T>>): Promise<T> {
    if (this.#state === 'closing') return Promise.reject(closed());
    if (this.#end) return Promise.reject(this.#end);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      asked.set(id, { resolve, reject });
      this.worker.postMessage({ type, id } satisfies ToWorker);
    });
  }

  #take(message: FromWorker): void {
    if (!('type' in message)) {
      this.#toMain.take(message.data.length);
      return this.listener.frames([message]);
    }
    switch (message.type) {
      case 'bound':
        this.bound = message.bound;
        this.#state = 'open';
        return this.#settle?.resolve();
      case 'failed':
        return this.#settle?.reject(fromPlainError(message.error));
      case 'event':
        this.#control.event(message.event);
        return this.listener.event(message.event);
      case 'control': {
        const { peer, data } = message;
        this.#controlToMain.take(data.length + CONTROL_MESSAGE_COST);
        return this.listener.control({ peer, data });
      }
      case 'error':
        return this.listener.error(fromPlainError(message.error));
      case 'statistics':
        message.statistics.framesNotTaken += this.#notTaken;
        this.#asked.get(message.id)?.resolve(message.statistics);
        this.#asked.delete(message.id);
        return;
      case 'packet-indices':
        this.#askedIndices.get(message.id)?.resolve(message.indices);
        this.#askedIndices.delete(message.id);
        return;
    }
  }

  #ended(cause: unknown): void {
    const before = this.#state;
    const error = before === 'closing' ? closed() : workerFailed(cause);
    this.#state = 'gone';
    this.#end = error;
    for (const asked of [this.#asked, this.#askedIndices]) {
      for (const { reject } of asked.values()) reject(error);
      asked.clear();
    }
    if (before === 'opening') this.#settle?.reject(error);
    else if (before === 'open') this.listener.error(error);
  }
}

interface Asked<T> {
  resolve: (answer: T) => void;
  reject: (error: Error) => void;
}

const closed = (): HhbError => new HhbError('transport-closed', 'The transport was closed');

const workerFailed = (cause?: unknown): HhbError =>
  new HhbError('worker-failed', 'The thread of the transport ended by itself', { cause });

/** Next to this file once built; run from source, in what the last build made. */
function workerUrl(): URL {
  const built = new URL('./transport-worker.js', import.meta.url);
  return existsSync(built) ? built : new URL('../../dist/transport-worker.js', import.meta.url);
}
