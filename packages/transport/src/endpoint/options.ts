import { HhbError, seconds, utf8Encode, type Micros, type Random } from '@hellohaybye/core';
import { fixedBudget, type CongestionControl } from '../congestion/congestion-control.js';
import type { ControlStream } from '../control/control-stream.js';
import { reliableControl } from '../control/reliable-control.js';
import { GroupPacer } from '../pace/group-pacer.js';
import type { Pacer } from '../pace/pacer.js';
import { noProtection, type Protector } from '../protect/protector.js';
import { deadlineRepair } from '../repair/deadline-repair.js';
import type { Repair } from '../repair/repair.js';

/** What an endpoint is made with. */
export interface EndpointOptions {
  /** Canonical name of this participant, the same for all its streams (RFC 3550, section 6.5.1): 1 to 255 bytes. */
  cname: string;
  /** Where initial sequence numbers, timestamps and report intervals come from. */
  random: Random;
  /** Most bytes in a datagram: 256 to 65507, 1200 unless given. */
  mtu?: number;
  /**
   * Channels that share a socket: channel name to a name for the socket, which `receive` is then given. A
   * channel that is not here has a socket of its own, by its own name.
   */
  sockets?: Record<string, string>;
  /** Silence after which a peer is reported gone: 5 s unless given. */
  peerTimeout?: Micros;
  /** Least time between reports, before randomisation: 1 s unless given. */
  reportInterval?: Micros;
  /** What the session may take, bits a second; 5 % of it is for reports. 10 Mbit/s unless given. */
  sessionBandwidth?: number;
  protector?: Protector;
  pacer?: Pacer;
  repair?: Repair;
  congestion?: CongestionControl;
  control?: ControlStream;
  /** Whether there is room for control messages that come; while there is none, peers send them again. */
  controlRoom?: () => boolean;
}

/** Every option with its default. */
export type ResolvedOptions = Required<EndpointOptions>;

/** Fills in defaults. @throws HhbError `bad-option` */
export function resolveOptions(options: EndpointOptions): ResolvedOptions {
  const resolved: ResolvedOptions = {
    mtu: 1200,
    sockets: {},
    peerTimeout: seconds(5),
    reportInterval: seconds(1),
    sessionBandwidth: 10e6,
    protector: noProtection,
    pacer: new GroupPacer(),
    repair: deadlineRepair(),
    congestion: fixedBudget(),
    control: reliableControl(),
    controlRoom: () => true,
    ...options,
  };
  const { mtu, cname, protector, repair } = resolved;
  if (!Number.isInteger(mtu) || mtu < MIN_MTU || mtu > MAX_MTU) {
    throw new HhbError('bad-option', `mtu is ${mtu}, and has to be from ${MIN_MTU} to ${MAX_MTU}`);
  }
  const cnameBytes = utf8Encode(cname).length;
  if (cnameBytes === 0 || cnameBytes > 255) {
    throw new HhbError('bad-option', `cname has ${cnameBytes} bytes, and has to have 1 to 255`);
  }
  if (packetRoom(resolved) < MIN_MTU - 64) {
    const overhead = protector.rtpOverhead + repair.overhead;
    throw new HhbError(
      'bad-option',
      `an mtu of ${mtu} is too little for ${overhead} bytes of protection and repair`,
    );
  }
  return resolved;
}

/** Most bytes of a source packet: what the stages after packetizing leave of a datagram. */
export const packetRoom = ({
  mtu,
  protector,
  repair,
}: Pick<ResolvedOptions, 'mtu' | 'protector' | 'repair'>): number =>
  mtu - protector.rtpOverhead - repair.overhead;

/** A report for one source has to fit. */
export const MIN_MTU = 256;
/** The most that a UDP datagram can carry over IPv4. */
export const MAX_MTU = 65_507;
