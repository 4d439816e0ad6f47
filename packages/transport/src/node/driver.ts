import { HhbError, type Clock, type Micros } from '@hellohaybye/core';
import { systemRandom } from '@hellohaybye/core/node';
import { Endpoint } from '../endpoint/endpoint.js';
import type {
  Address,
  ControlMessage,
  EndpointEvent,
  IncomingFrame,
  OutgoingFrame,
} from '../endpoint/types.js';
import { NoPacing } from '../pace/pacer.js';
import { Srtp } from '../protect/srtp.js';
import type { PacketIndex } from '../protect/srtp-key.js';
import type { Bound, Command, DriverListener, SocketStatistics } from './messages.js';
import { notProtected, type TransportOptions } from './options.js';
import { RECEIVE_BUFFER_BYTES } from './receive-buffer.js';
import { bindSockets, type BoundSocket } from './sockets.js';
import { UdpSocket, type SendFailure } from './udp-socket.js';

/**
 * Joins an endpoint with sockets and a timer, in whichever thread it is made.
 *
 * At thirty frames a second all code is cold when a frame comes, and a timer or an immediate of its own costs
 * as much as ten packets. So whatever an input brings about is done in the same turn, and a timer is set only
 * when one is needed that is earlier than the one that is set.
 */
export class Driver {
  readonly bound: Bound;
  readonly #endpoint: Endpoint;
  readonly #srtp: Srtp | undefined;
  #keysUsed: EndpointEvent[] = [];
  readonly #sockets: UdpSocket[] = [];
  readonly #socketOf: Record<string, UdpSocket> = {};
  /** For all datagrams that come in: the endpoint does not keep it. */
  readonly #input = { channel: '', data: new Uint8Array(0) as Uint8Array, from: { address: '', port: 0 } };
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Infinity;
  #closing: Promise<void> | undefined;
  #closed = false;
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
    { cname = randomCname(), mtu, pacing, protection }: TransportOptions,
    bindings: readonly BoundSocket[],
    private readonly clock: Clock,
    private readonly listener: DriverListener,
  ) {
    const shared: Record<string, string> = {};
    this.bound = { ports: {}, receiveBuffers: {}, controlSsrc: 0 };
    for (const { name, channels, port, receiveBuffer } of bindings) {
      for (const channel of channels) {
        shared[channel] = name;
        this.bound.ports[channel] = port;
        this.bound.receiveBuffers[channel] = { asked: RECEIVE_BUFFER_BYTES, granted: receiveBuffer };
      }
    }
    // Told in the midst of taking a packet in: given out when that is done.
    const keyUsed = (peer: string, key: string) => void this.#keysUsed.push({ type: 'key-used', peer, key });
    if (protection) this.#srtp = new Srtp({ ...protection, keyUsed });
    this.#endpoint = new Endpoint({
      cname,
      random: systemRandom,
      sockets: shared,
      controlRoom: () => listener.controlRoom(),
      ...(mtu === undefined ? {} : { mtu }),
      ...(pacing === false ? { pacer: new NoPacing() } : {}),
      ...(this.#srtp ? { protector: this.#srtp } : {}),
    });
    this.bound.controlSsrc = this.#endpoint.controlSsrc;
    for (const { socket, family, name, channels } of bindings) {
      const udp = new UdpSocket(socket, family, {
        datagram: (data, from) => this.#receive(name, data, from),
        failed: (failure) => this.#failed(failure),
      });
      this.#sockets.push(udp);
      for (const channel of channels) this.#socketOf[channel] = udp;
    }
  }

  /** Sends a frame. */
  send(frame: OutgoingFrame): void {
    if (this.#closing) return;
    this.#endpoint.send(frame, this.clock.now());
    this.#drain();
  }

  /** Sends a control message. @returns false when it is not sent @throws HhbError `message-too-large` */
  sendControl(peer: string, data: Uint8Array): boolean {
    if (this.#closing) return false;
    const sent = this.#endpoint.sendControl(peer, data, this.clock.now());
    this.#drain();
    return sent;
  }

  /** Does what a command says. @throws HhbError as the endpoint does */
  run(command: Command): void {
    if (this.#closing) return;
    const now = this.clock.now();
    const endpoint = this.#endpoint;
    switch (command.type) {
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
      case 'send-sealed':
        endpoint.sendSealed(command.peer, command.data, now);
        break;
      case 'set-send-key':
        this.#protection.setSendKey(command.key);
        break;
      case 'set-peer-keys':
        this.#protection.setPeerKeys(command.peer, command.keys, command.indices);
        break;
    }
    this.#drain();
  }

  /** @throws HhbError `transport-closed` */
  statistics(): ReturnType<Endpoint['statistics']> & Pick<SocketStatistics, 'sendErrors'> {
    if (this.#closing) throw new HhbError('transport-closed', 'The transport was closed');
    return { ...this.#endpoint.statistics(this.clock.now()), sendErrors: { ...this.#sendErrors } };
  }

  /** How far our sources have come. None without protection. @throws HhbError `transport-closed` */
  packetIndices(): PacketIndex[] {
    if (this.#closing) throw new HhbError('transport-closed', 'The transport was closed');
    return this.#srtp?.indices() ?? [];
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
    const waits = () => this.#sockets.some(({ inFlight }) => inFlight > 0);
    for (let patience = 0; waits() && patience < 20; patience += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    clearTimeout(this.#timer);
    this.#closed = true;
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }

  /** @throws HhbError `not-protected` */
  get #protection(): Srtp {
    if (!this.#srtp) throw notProtected();
    return this.#srtp;
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #receive(channel: string, data: Uint8Array, from: Address): void {
    const input = this.#input;
    input.channel = channel;
    input.data = data;
    input.from = from;
    this.#endpoint.receive(input, this.clock.now());
    this.#drain();
  }

  #drain(): void {
    const endpoint = this.#endpoint;
    let frames: IncomingFrame[] | undefined;
    let events: EndpointEvent[] | undefined;
    if (this.#keysUsed.length > 0) {
      events = this.#keysUsed;
      this.#keysUsed = [];
    }
    let messages: ControlMessage[] | undefined;
    for (let output = endpoint.poll(); output; output = endpoint.poll()) {
      if (output.type === 'datagram') this.#socketOf[output.channel]?.send(output.data, output.to);
      else if (output.type === 'frame') (frames ??= []).push(output.frame);
      else if (output.type === 'event') (events ??= []).push(output.event);
      else (messages ??= []).push({ peer: output.peer, data: output.data });
    }
    // Before a listener can throw.
    this.#arm();
    if (events) for (const event of events) this.listener.event(event);
    // After the event that tells that their sender began anew.
    if (messages) for (const message of messages) this.listener.control(message);
    if (frames) this.listener.frames(frames);
  }

  #arm(): void {
    const next = this.#endpoint.nextDeadline();
    if (next === undefined) this.#wake?.();
    // A timer that is armed for an earlier instant finds nothing to do then, and is armed anew.
    if (next === undefined || next >= this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = next;
    this.#timer = setTimeout(this.#tick, Math.max(0, Math.ceil((next - this.clock.now()) / 1000)));
  }

  /** In a turn of its own: a datagram may have failed in the midst of draining. */
  readonly #drainUnlessClosed = (): void => {
    if (!this.#closed) this.#drain();
  };

  readonly #tick = (): void => {
    this.#armedFor = Infinity;
    this.#endpoint.tick(this.clock.now());
    this.#drain();
  };

  #failed({ code, message, address }: SendFailure): void {
    const now = this.clock.now();
    // What is sent for it goes out with what is being drained; it is drained below when nothing is.
    if (address !== undefined && noWay.has(code)) {
      const onlyTried = this.#endpoint.unreachable(address, now);
      queueMicrotask(this.#drainUnlessClosed);
      if (onlyTried) return;
    }
    this.#sendErrors[code] = (this.#sendErrors[code] ?? 0) + 1;
    if (now < this.#nextErrorReport) return;
    this.#nextErrorReport = now + ERROR_REPORT_INTERVAL;
    const hint = sendHints[code];
    const error = new HhbError(
      'send-failed',
      `A datagram could not be sent: ${message}`,
      hint ? { hint } : {},
    );
    // In a turn of its own: it may have happened in the midst of draining.
    queueMicrotask(() => this.listener.error(error));
  }
}

/** The codes by which a system says that it has no way to an address, or a socket that its family is another. */
const noWay = new Set([
  ...['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EHOSTDOWN', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'],
  ...['EACCES', 'EPERM'],
]);

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
