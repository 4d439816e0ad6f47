import { randomBytes } from 'node:crypto';
import { systemClock } from '@hellohaybye/core/node';
import type { MediaDescription, Participant } from '@hellohaybye/signaling';
import type { Identity } from '@hellohaybye/signaling/keys';
import { openTransport, type Transport } from '@hellohaybye/transport/node';
import { serializeControl } from '../../../packages/call/src/control/control-message.js';
import { KeyExchange, type KeyWiring, type Way } from '../../../packages/call/src/keys/key-exchange.js';
import { srtpProfiles } from '@hellohaybye/signaling/keys';
import { controlStream, l16Format, understood } from '../../../packages/call/src/media-description.js';
import { lineOf, soundOf } from './marked-media.js';
import { UdpRelay } from './udp-relay.js';

const profile = srtpProfiles[0]!;

/** Somebody of the server's own, who takes part as a participant does: with real keys, and a transport. */
export class Impostor {
  /** Those whose key it has got hold of. */
  readonly readable = new Set<string>();
  /** The keys that it gave to others as its own, in hex. */
  readonly ownKeys = new Set<string>();
  /** What it could read, by who sent it. */
  readonly read: { from: string; data: Uint8Array }[] = [];
  readonly #exchange: KeyExchange;
  readonly #met = new Map<string, Participant>();
  #lines = 0;

  private constructor(
    readonly instance: string,
    { identity, secret, send }: Nature,
    private readonly transport: Transport,
    /** Before its ports: what comes to it is seen as the network sees it. */
    readonly relay: UdpRelay,
  ) {
    const spied: KeyWiring['transport'] = {
      setSendKey: (key) => {
        this.ownKeys.add(hexOf(key));
        transport.setSendKey(key);
      },
      setPeerKeys: (peer, keys, indices) => {
        if (keys.length > 0) this.readable.add(peer);
        transport.setPeerKeys(peer, keys, indices);
      },
      packetIndices: () => transport.packetIndices(),
      sendSealed: (to, data) => transport.sendSealed(to, data),
      on: (...listener: Parameters<Transport['on']>) => transport.on(...listener),
    };
    const client = { instance, sendKey: send, on: () => client } as never;
    this.#exchange = new KeyExchange(
      { transport: spied, client, clock: systemClock, sayKey: () => undefined, onState: () => undefined },
      { identity, ...(secret !== undefined && { secret }) },
    );
    transport.addOutgoing(stream);
    transport.on('frame', ({ peer, data }) => this.read.push({ from: peer, data: data.slice() }));
    transport.on('control', ({ peer, data }) => this.read.push({ from: peer, data: data.slice() }));
  }

  static async open(instance: string, nature: Nature): Promise<Impostor> {
    const transport = await openTransport({
      channels: { video: { host: '127.0.0.1', port: 0 } },
      worker: false,
      protection: { key: { id: 'none', profile, key: randomBytes(16), salt: randomBytes(14) } },
    });
    return new Impostor(instance, nature, transport, await UdpRelay.before(transport.ports['video']!));
  }

  /** What others are told of it. */
  get media(): MediaDescription {
    return {
      candidates: [{ address: '127.0.0.1', family: 4 }],
      ports: { video: this.relay.port, audio: this.relay.port },
      streams: [{ ...stream, formats: stream.formats }, controlStream(this.transport.controlSsrc)],
      protection: this.#exchange.announcement,
    };
  }

  /** It is in the room of those whom it is to deceive. */
  enter(room: string, way: Way): void {
    this.#exchange.enter(room, way);
    for (const one of this.#met.values()) this.#agreeWith(one);
  }

  /** Somebody has been told of it, and so has it of them. It would let them have the secret that it has. */
  meet(participant: Participant): void {
    const { instance, media } = participant;
    const before = this.#met.get(instance)?.media.protection?.session;
    if (!media.protection || before === media.protection.session) return;
    this.#met.set(instance, participant);
    const { control } = understood(media, { video: true, audio: true });
    const ports = { video: media.ports['video']! };
    this.transport.addDestination({
      id: instance,
      candidates: ['127.0.0.1'],
      ports,
      ...(control && { control }),
    });
    for (const { ssrc, id, formats } of understood(media, { video: true, audio: true }).streams) {
      this.transport.addIncoming({ peer: instance, id, channel: 'video', ssrc, formats });
    }
    this.#agreeWith(participant);
  }

  #agreeWith(one: Participant): void {
    this.#exchange.invite(one);
    this.#exchange.join(one, one.media.protection!);
  }

  /** Something sealed came for who it pretends to be. */
  heard(from: string, data: string): void {
    this.#exchange.heard(from, data);
  }

  /** Sends sound and a line of chat to everybody whom it has met. */
  speak(): void {
    const data = Buffer.from(soundOf('mallory').repeat(10)).subarray(0, 160);
    this.transport.send({ stream: 'audio', data: Uint8Array.from(data), capturedAt: systemClock.now() });
    for (const peer of this.#met.keys()) {
      const text = lineOf('mallory', ++this.#lines);
      this.transport.sendControl(peer, serializeControl({ type: 'chat', id: `m-${this.#lines}`, text }));
    }
  }

  async close(): Promise<void> {
    this.#exchange.leave();
    this.relay.close();
    await this.transport.close();
  }
}

/** Who an impostor is, and how it says something sealed to somebody. */
interface Nature {
  identity: Identity;
  secret?: string;
  send: (to: string, data: string) => void;
}

export const hexOf = ({ key, salt }: { key: Uint8Array; salt: Uint8Array }): string =>
  Buffer.concat([key, salt]).toString('hex');

const stream = { id: 'audio', channel: 'video', ssrc: 0x6d616c, formats: [l16Format(8000, 1)] };
