import { isIP } from 'node:net';
import type { Clock, Micros } from '@hellohaybye/core';
import type { Page } from '@hellohaybye/playback';
import { chooseAddress, chooseAddresses, type Candidate, type Participant } from '@hellohaybye/signaling';
import { localZones, offeredCandidates } from '@hellohaybye/signaling/client';
import type { ControlPeerOptions, Destination, OutgoingStreamOptions } from '@hellohaybye/transport';
import type { Transport } from '@hellohaybye/transport/node';
import type { OwnState } from './control/control-message.js';
import { ToldAddresses } from './control/told-addresses.js';
import { deadlineOf } from './deadlines.js';
import type { Gate } from './keys/gate.js';
import type { IncomingPipeline } from './incoming-pipeline.js';
import { understood } from './media-description.js';
import { reportOn, type ReceivedReport } from './report.js';

/** What the roster keeps in step with who is here. */
interface Wiring {
  transport: Transport;
  pipeline: IncomingPipeline;
  page: Page | undefined;
  playoutDelay: Micros;
  gate: Gate;
  clock: Clock;
  /** Somebody has a control stream from now on. */
  onReachable: (id: string) => void;
  /** That of our sockets, when they are of one only. */
  family: 4 | 6 | undefined;
}

interface Member {
  /** As the server says that they are. */
  participant: Participant;
  /** What they said of themselves over the control stream: newer than what the server says, or the same. */
  told?: OwnState;
  destination?: Destination;
  /** What comes from them; undefined when they are not let in. */
  streams?: OutgoingStreamOptions[] | undefined;
}

/**
 * Who is in the call, by the id that lasts: each member has a destination, its incoming streams and its tile, from
 * coming to leaving.
 */
export class Roster {
  #members = new Map<string, Member>();
  /** Who has each source: the first who announces it. */
  readonly #sources = new Map<number, string>();
  readonly #addresses = new ToldAddresses();
  #departed: ReceivedReport[] = [];

  /** @param mine ourselves, as the server sees us by now */
  constructor(
    private readonly mine: () => Participant,
    private readonly wiring: Wiring,
  ) {}

  get members(): readonly Participant[] {
    return Array.from(this.#members.values(), (member) => this.#asTold(member));
  }

  /** Whether somebody is here. */
  has(id: string): boolean {
    return this.#members.has(id);
  }

  /** What somebody here is called. */
  nameOf(id: string): string | undefined {
    return this.#members.get(id)?.participant.name;
  }

  /** Those who have a control stream. */
  get reachable(): string[] {
    return [...this.#members].filter(([, { destination }]) => destination?.control).map(([id]) => id);
  }

  /** Whether what we send goes to anybody: who is let in, and can read it. */
  get isSentTo(): boolean {
    return [...this.#members.values()].some(({ destination }) => destination !== undefined);
  }

  /** Whether somebody will have a control stream, as soon as keys are exchanged. */
  isAwaited(id: string): boolean {
    const { participant, destination } = this.#members.get(id) ?? {};
    if (!participant || destination?.control || !this.wiring.gate.isAwaited(id)) return false;
    return understood(participant.media, this.wiring.transport.ports).control !== undefined;
  }

  /**
   * Starts sending to a newcomer and listening to it. Of one that is here already, what differs is changed, and media
   * goes on.
   * @returns whether it is a newcomer
   * @throws HhbError `bad-option`, `bad-address`: those of transport, when what it offers can't be used
   */
  add(participant: Participant): boolean {
    const { id } = participant;
    const known = this.#members.get(id);
    const member: Member = { ...known, participant };
    this.#members.set(id, member);
    const isLetIn = this.wiring.gate.admit(participant);
    this.show(this.#asTold(member));
    if (isLetIn) this.#connect(member);
    else if (member.streams) this.#disconnect(member);
    return known === undefined;
  }

  /** Somebody is not let in after all: they stay in the roster, and are neither sent to nor listened to. */
  expel(id: string): void {
    const member = this.#members.get(id);
    if (member?.streams) this.#disconnect(member);
  }

  /** It is otherwise between us and somebody: they may be ready to be sent to now. */
  refresh(id: string): void {
    const member = this.#members.get(id);
    if (!member) return;
    this.show(this.#asTold(member));
    if (member.streams) this.#connect(member);
  }

  /** What somebody here said of themselves; of others it is passed over. */
  tell(id: string, told: OwnState): Participant | undefined {
    const member = this.#members.get(id);
    if (!member) return undefined;
    member.told = told;
    const participant = this.#asTold(member);
    this.show(participant);
    return participant;
  }

  /** The room is another one now, with those who are here. */
  enterAnew(): void {
    for (const { participant } of [...this.#members.values()]) this.add(participant);
  }

  /** We are at other addresses now: everybody is sent to from there, the best way. */
  readdress(): void {
    for (const member of this.#members.values()) if (member.streams) this.#connect(member);
  }

  /**
   * Somebody here said where they can be reached now; of others it is passed over.
   * @returns them, when it is news
   */
  locate(id: string, candidates: readonly Candidate[]): Participant | undefined {
    const member = this.#members.get(id);
    if (!member) return undefined;
    const isNews = this.#addresses.tell(member.participant, candidates, this.wiring.clock.now());
    if (isNews && member.streams) this.#connect(member);
    return isNews ? this.#asTold(member) : undefined;
  }

  /** Stops sending to a member and listening to it; what it sent stays in the report. */
  async remove(id: string): Promise<Participant | undefined> {
    const member = this.#members.get(id)?.participant;
    if (!member) return undefined;
    this.#members.delete(id);
    const { transport, pipeline, page, gate } = this.wiring;
    gate.remove(id);
    this.#addresses.forget(id);
    page?.removeParticipant(id);
    transport.removeDestination(id);
    this.#departed.push(reportOn(member, pipeline, await transport.statistics()));
    // They may have come again in the meantime, and have been given everything anew.
    const again = this.#members.get(id);
    if (!again) {
      transport.removeIncoming(id);
      pipeline.removePeer(id);
    }
    this.#free(id, again?.streams);
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
    const { onHold = false, away = false, reconnecting } = state;
    const muted = state.muted === true || !sends('audio');
    const cameraOff = state.cameraOff === true || !sends('video');
    const view = { name, muted, cameraOff, onHold, away, ...this.wiring.gate.viewOf(id) };
    const note = reconnecting && { note: 'reconnecting' };
    this.wiring.page?.setParticipant(id, { ...view, ...note, ...live });
  }

  /** Somebody by what the server says, and what they said themselves since then. */
  #asTold({ participant, told }: Member): Participant {
    const located = this.#addresses.apply(participant);
    return told ? { ...located, state: { ...located.state, ...told } } : located;
  }

  #connect(member: Member): void {
    const { transport, pipeline, gate } = this.wiring;
    const { id, media } = member.participant;
    const { streams, ports, control } = understood(media, transport.ports);
    const audioOf = (all: OutgoingStreamOptions[]) => all.find((stream) => stream.id === 'audio')?.formats[0];
    const before = member.streams;
    if (!before) pipeline.addPeer(id, audioOf(streams));
    else if (!isSame(audioOf(streams), audioOf(before))) pipeline.setAudio(id, audioOf(streams));
    for (const stream of streams) {
      if (before?.some((one) => isSame(one, stream))) continue;
      this.#expect(id, stream);
    }
    member.streams = streams;
    if (before) this.#free(id, streams);
    // From the first packet on they are to understand us.
    if (!gate.isReady(id)) return;
    const destination = this.#destinationOf(this.#asTold(member), ports, control);
    if (isSame(destination, member.destination)) return;
    const wasReachable = member.destination?.control !== undefined;
    transport.addDestination(destination);
    member.destination = destination;
    if (control && !wasReachable) this.wiring.onReachable(id);
  }

  /** Several addresses are tried; one that has no control stream answers no probes, and has the likeliest. */
  #destinationOf(
    theirs: Participant,
    ports: Readonly<Record<string, number>>,
    control: ControlPeerOptions | undefined,
  ): Destination {
    const { family } = this.wiring;
    const going = { mine: this.mine(), theirs, myInterfaces: offeredCandidates(), zones: localZones() };
    const { id } = theirs;
    if (control) {
      return { id, candidates: chooseAddresses({ ...going, ...(family && { family }) }), ports, control };
    }
    const address = chooseAddress({ ...going, family: family ?? 4 });
    const to = Object.entries(ports).map(([channel, port]) => [channel, { address, port }] as const);
    return { id, addresses: Object.fromEntries(to) };
  }

  #disconnect(member: Member): void {
    const { transport, pipeline } = this.wiring;
    const { id } = member.participant;
    member.streams = undefined;
    delete member.destination;
    transport.removeDestination(id);
    transport.removeIncoming(id);
    pipeline.removePeer(id);
    this.#free(id);
  }

  #expect(id: string, stream: OutgoingStreamOptions): void {
    const { transport, playoutDelay } = this.wiring;
    transport.addIncoming({ peer: id, ...stream, deadline: deadlineOf(stream.id, playoutDelay) });
    if (!this.#sources.has(stream.ssrc)) this.#sources.set(stream.ssrc, id);
  }

  /** What somebody has no more is whose it was said to be meanwhile: the transport gives a source to one alone. */
  #free(id: string, kept: readonly OutgoingStreamOptions[] = []): void {
    const free = [...this.#sources].filter(([ssrc, whose]) => whose === id && !has(kept, ssrc));
    for (const [ssrc] of free) {
      this.#sources.delete(ssrc);
      for (const { participant, streams = [] } of this.#members.values()) {
        for (const stream of streams) if (stream.ssrc === ssrc) this.#expect(participant.id, stream);
      }
    }
  }
}

const has = (streams: readonly OutgoingStreamOptions[], ssrc: number): boolean =>
  streams.some((stream) => stream.ssrc === ssrc);

/** A participant by the id that it keeps when it has to begin a new session with the server: its media goes on. */
export const lasting = (participant: Participant): Participant => ({
  ...participant,
  id: participant.instance,
});

/** Whether somebody else, or another process of theirs, stands where one stood: by identity and session. */
export const isAnother = ({ media: one }: Participant, { media: other }: Participant): boolean =>
  one.protection?.identity !== other.protection?.identity ||
  one.protection?.session !== other.protection?.session;

/** Of which family sockets at an address are; undefined for both. */
export const familyOf = (host: string | undefined): 4 | 6 | undefined =>
  host === undefined || host === '::' || !isIP(host) ? undefined : host.includes(':') ? 6 : 4;

export const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
