import type { Micros } from '@hellohaybye/core';
import type { Page } from '@hellohaybye/playback';
import { chooseAddress, type Participant } from '@hellohaybye/signaling';
import { localCandidates } from '@hellohaybye/signaling/client';
import type { Transport } from '@hellohaybye/transport/node';
import { deadlineOf } from './deadlines.js';
import type { IncomingPipeline } from './incoming-pipeline.js';
import { understood } from './media-description.js';
import { reportOn, type ReceivedReport } from './report.js';

/** What the roster keeps in step with who is here. */
interface Wiring {
  transport: Transport;
  pipeline: IncomingPipeline;
  page: Page | undefined;
  playoutDelay: Micros;
}

/** Who is in the call: each member has a destination, its incoming streams and its tile, from coming to leaving. */
export class Roster {
  #members = new Map<string, Participant>();
  #departed: ReceivedReport[] = [];
  /** Where each is sent to. */
  readonly #addresses = new Map<string, string>();

  constructor(
    /** Oneself, as the server sees one now. */
    private readonly self: () => Participant,
    private readonly wiring: Wiring,
  ) {}

  get members(): readonly Participant[] {
    return [...this.#members.values()];
  }

  /**
   * Starts sending to a newcomer and listening to it. One that is known already is only updated.
   * @throws HhbError `bad-option`, `bad-address`: those of transport, when what it offers can't be used
   */
  add(member: Participant): boolean {
    const known = this.#members.has(member.id);
    this.#members.set(member.id, member);
    this.show(member);
    if (known) {
      this.#address(member);
      return false;
    }
    const { transport, pipeline, playoutDelay } = this.wiring;
    const { streams } = understood(member.media, transport.ports);
    pipeline.addPeer(member.id, streams.find(({ id }) => id === 'audio')?.formats[0]);
    for (const stream of streams) {
      transport.addIncoming({ peer: member.id, ...stream, deadline: deadlineOf(stream.id, playoutDelay) });
    }
    this.#address(member);
    return true;
  }

  /** Sends to where everybody is reached now that our own addresses have changed. */
  readdress(): void {
    for (const member of this.members) this.#address(member);
  }

  /** Stops sending to a member and listening to it; what it sent stays in the report. */
  async remove(id: string): Promise<Participant | undefined> {
    const member = this.#members.get(id);
    if (!member) return undefined;
    this.#members.delete(id);
    this.#addresses.delete(id);
    const { transport, pipeline, page } = this.wiring;
    page?.removeParticipant(id);
    transport.removeDestination(id);
    this.#departed.push(reportOn(member, pipeline, await transport.statistics()));
    transport.removeIncoming(id);
    pipeline.removePeer(id);
    return member;
  }

  /** What everybody sent so far, those who have left first. */
  async report(): Promise<ReceivedReport[]> {
    const { transport, pipeline } = this.wiring;
    const statistics = await transport.statistics();
    return [...this.#departed, ...this.members.map((member) => reportOn(member, pipeline, statistics))];
  }

  /** Brings a member's tile up to date. */
  show({ id, name, state, media }: Participant, live: { fps?: number; level?: number } = {}): void {
    const sends = (kind: string) => media.streams.some((stream) => stream.id === kind);
    const muted = state.muted === true || !sends('audio');
    const cameraOff = state.cameraOff === true || !sends('video');
    this.wiring.page?.setParticipant(id, { name, muted, cameraOff, ...live });
  }

  /** Has a member sent to at the best of its addresses; one that has been sent to before goes on from there. */
  #address(member: Participant): void {
    const { transport } = this.wiring;
    const { ports } = understood(member.media, transport.ports);
    // Our sockets are of IPv4.
    const address = chooseAddress({
      ...{ mine: this.self(), theirs: member, myInterfaces: localCandidates(), family: 4 },
    });
    const to = Object.entries(ports).map(([channel, port]) => [channel, { address, port }] as const);
    const addresses = Object.fromEntries(to);
    const key = JSON.stringify(addresses);
    if (this.#addresses.get(member.id) === key) return;
    transport.addDestination({ id: member.id, addresses });
    this.#addresses.set(member.id, key);
  }
}
