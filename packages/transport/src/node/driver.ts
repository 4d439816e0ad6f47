import type { RemoteInfo } from 'node:dgram';
import { HhbError, type Clock, type Micros } from '@hellohaybye/core';
import { systemRandom } from '@hellohaybye/core/node';
import { Endpoint } from '../endpoint/endpoint.js';
import type { IncomingFrame, OutgoingDatagram } from '../endpoint/types.js';
import type { Bound, Command, DriverListener, SocketStatistics } from './messages.js';
import type { TransportOptions } from './options.js';
import { bindSockets, RECEIVE_BUFFER_BYTES, type BoundSocket } from './sockets.js';

/** Joins an endpoint with sockets and a timer, in whichever thread it is made. */
export class Driver {
  readonly bound: Bound;
  readonly #endpoint: Endpoint;
  /** By channel. */
  readonly #sockets = new Map<string, BoundSocket>();
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Infinity;
  #armSoon = false;
  #inFlight = 0;
  #closing: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  readonly #sendErrors: Record<string, number> = {};
  #nextErrorReport = 0;

  /** @throws HhbError as `bindSockets` and `Endpoint` do */
  static async open(options: TransportOptions, clock: Clock, listener: DriverListener): Promise<Driver> {
    const sockets = await bindSockets(options.channels);
    try {
      return new Driver(options, sockets, clock, listener);
    } catch (error) {
      for (const { socket } of sockets) socket.close();
      throw error;
    }
  }

  private constructor(
    { cname = randomCname(), mtu }: TransportOptions,
    private readonly bindings: BoundSocket[],
    private readonly clock: Clock,
    private readonly listener: DriverListener,
  ) {
    const shared: Record<string, string> = {};
    this.bound = { ports: {}, receiveBuffers: {} };
    for (const binding of bindings) {
      for (const channel of binding.channels) {
        shared[channel] = binding.name;
        this.#sockets.set(channel, binding);
        this.bound.ports[channel] = binding.port;
        this.bound.receiveBuffers[channel] = { asked: RECEIVE_BUFFER_BYTES, granted: binding.receiveBuffer };
      }
    }
    this.#endpoint = new Endpoint({
      cname,
      random: systemRandom,
      sockets: shared,
      ...(mtu === undefined ? {} : { mtu }),
    });
    for (const { socket, name } of bindings) {
      socket.on('message', (data, from) => this.#receive(name, data, from));
      // Some systems report here that an earlier datagram found nobody.
      socket.on('error', (error: NodeJS.ErrnoException) => this.#failed(error));
    }
  }

  /** Does what a command says. @throws HhbError as the endpoint does */
  run(command: Command): void {
    if (this.#closing) return;
    const now = this.clock.now();
    const endpoint = this.#endpoint;
    switch (command.type) {
      case 'send':
        endpoint.send(command.frame, now);
        break;
      case 'add-outgoing':
        endpoint.addOutgoing(command.stream, now);
        break;
      case 'remove-outgoing':
        endpoint.removeOutgoing(command.id, now);
        break;
      case 'add-destination':
        endpoint.addDestination(command.destination, now);
        break;
      case 'remove-destination':
        endpoint.removeDestination(command.id, now);
        break;
      case 'add-incoming':
        endpoint.addIncoming(command.stream, now);
        break;
      case 'remove-incoming':
        endpoint.removeIncoming(command.peer, now);
        break;
    }
    this.#drain();
  }

  /** @throws HhbError `transport-closed` */
  statistics(): ReturnType<Endpoint['statistics']> & Pick<SocketStatistics, 'sendErrors'> {
    if (this.#closing) throw new HhbError('transport-closed', 'The transport was closed');
    return { ...this.#endpoint.statistics(this.clock.now()), sendErrors: { ...this.#sendErrors } };
  }

  /** Says BYE for every stream to every destination, three times, and closes the sockets. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#endpoint.close(this.clock.now());
    this.#drain();
    while (this.#endpoint.nextDeadline() !== undefined) await this.#woken();
    // What the system has not taken yet is waited for, but not for ever.
    for (let patience = 0; this.#inFlight > 0 && patience < 20; patience += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    clearTimeout(this.#timer);
    await Promise.all(
      this.bindings.map(({ socket }) => new Promise<void>((resolve) => socket.close(() => resolve()))),
    );
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #receive(channel: string, data: Uint8Array, { address, port }: RemoteInfo): void {
    const from = { address: address.startsWith('::ffff:') ? address.slice(7) : address, port };
    // Without Node's Buffer, whose `subarray` and `slice` differ.
    const plain = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.length);
    this.#endpoint.receive({ channel, data: plain, from }, this.clock.now());
    this.#drain();
  }

  #drain(): void {
    if (!this.#armSoon) {
      // One look at the deadlines for all that this turn of the event loop brings; before any listener can throw.
      this.#armSoon = true;
      setImmediate(this.#arm);
    }
    let frames: IncomingFrame[] | undefined;
    let sent = 0;
    for (let output = this.#endpoint.poll(); output; output = this.#endpoint.poll()) {
      if (output.type === 'datagram') {
        this.#send(output, sent % QUEUE_CHECK_INTERVAL === 0);
        sent += 1;
      } else if (output.type === 'frame') (frames ??= []).push(output.frame);
      else this.listener.event(output.event);
    }
    if (frames) this.listener.frames(frames);
  }

  readonly #arm = (): void => {
    this.#armSoon = false;
    const next = this.#endpoint.nextDeadline();
    if (next === undefined) this.#wake?.();
    // A timer that is armed for an earlier instant finds nothing to do then, and is armed anew.
    if (next === undefined || next >= this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = next;
    this.#timer = setTimeout(this.#tick, Math.max(0, Math.ceil((next - this.clock.now()) / 1000)));
  };

  readonly #tick = (): void => {
    this.#armedFor = Infinity;
    this.#endpoint.tick(this.clock.now());
    this.#drain();
  };

  #send({ channel, to, data }: OutgoingDatagram, checkQueue: boolean): void {
    const binding = this.#sockets.get(channel);
    if (!binding) return;
    const { socket, family } = binding;
    // What the system does not take at once waits in Node, without a bound of its own.
    if (checkQueue && socket.getSendQueueSize() > MAX_SEND_QUEUE_BYTES)
      return this.#failed({ code: 'queue-full' });
    const address = family === 6 && !to.address.includes(':') ? `::ffff:${to.address}` : to.address;
    this.#inFlight += 1;
    try {
      socket.send(data, to.port, address, this.#sent);
    } catch (error) {
      this.#sent(error as NodeJS.ErrnoException);
    }
  }

  /** One for all datagrams. */
  readonly #sent = (error: NodeJS.ErrnoException | null): void => {
    this.#inFlight -= 1;
    if (error) this.#failed(error);
  };

  #failed({
    code = 'unknown',
    message = 'too much waits to be sent',
  }: {
    code?: string | undefined;
    message?: string;
  }): void {
    this.#sendErrors[code] = (this.#sendErrors[code] ?? 0) + 1;
    const now = this.clock.now();
    if (now < this.#nextErrorReport) return;
    this.#nextErrorReport = now + ERROR_REPORT_INTERVAL;
    const hint = sendHints[code];
    this.listener.error(
      new HhbError('send-failed', `A datagram could not be sent: ${message}`, { ...(hint ? { hint } : {}) }),
    );
  }
}

const sendHints: Record<string, string> = {
  ENETUNREACH: 'There is no route to that network: is this machine connected?',
  EHOSTUNREACH: 'There is no route to that machine: is it on, and on the same network?',
  EMSGSIZE: 'The datagram is larger than the network takes: choose a smaller mtu.',
  EPERM: 'A firewall on this machine forbids it.',
  'queue-full': 'The network takes less than is sent: lower quality, size or frame rate.',
};

/** A random name, as RFC 7022, section 4.2, has it for sessions of their own: 96 bits. */
const randomCname = (): string =>
  [0, 1, 2].map(() => systemRandom.uint32().toString(16).padStart(8, '0')).join('');

const ERROR_REPORT_INTERVAL = 1_000_000 as Micros;
/** Bytes that may wait in Node for one socket; what comes then is lost and counted as `queue-full`. */
const MAX_SEND_QUEUE_BYTES = 32 * 1024 * 1024;
const QUEUE_CHECK_INTERVAL = 256;
