import type { Clock } from '@hellohaybye/core';
import { systemClock, systemRandom } from '@hellohaybye/core/node';
import type { MediaDescription } from '@hellohaybye/signaling';
import { connectSignaling, offeredCandidates, type SignalingClient } from '@hellohaybye/signaling/client';
import { watchAddresses } from './address-watch.js';
import { Call } from './call.js';
import { profilesOf } from './keys/security.js';
import { LateSource } from './late-source.js';
import { controlStream, describeStreams } from './media-description.js';
import type { CallOptions, Notice, PresenceOptions } from './options.js';
import { openParts, type Parts } from './parts.js';
import { watchStrayPackets } from './stray-packets.js';

/**
 * Opens camera, microphone, speaker, page and sockets, and joins a room: from then on everybody in it is
 * sent to and received from, until `leave`. The speaker, and sources that are `auto`, may be opened only then.
 * @throws HhbError with the codes of capture, transport, playback and signaling; nothing stays open then
 */
export const startCall = (options: CallOptions): Promise<Call> =>
  open(options, (call) => call.join(options.room));

/**
 * Opens the same and is present at the server, in no room: to be called, and to `invite` people or `join` a room.
 * @param options with `room` only for the title of the page
 * @throws HhbError as `startCall`
 */
export const openCall = (options: PresenceOptions & { room?: string }): Promise<Call> =>
  open(options, () => Promise.resolve());

async function open(
  options: PresenceOptions & { room?: string },
  enter: (call: Call) => Promise<void>,
): Promise<Call> {
  const clock: Clock = options.clock ?? systemClock;
  const onNotice = options.onNotice ?? (() => undefined);
  // Who gets an error has no use for what was noticed on the way to it.
  let early: Notice[] | undefined = [];
  const notice = (told: Notice) => (early ? void early.push(told) : onNotice(told));
  // Before anything is opened.
  profilesOf(options.security ?? {});
  const parts = await openParts(options, clock, notice, connect(options));
  try {
    const sends = { video: parts.video !== undefined, audio: parts.audio !== undefined };
    const describe = await describer(options, parts, sends);
    const call = new Call({ ...parts, describe, sends }, { ...options, clock, onNotice: notice });
    withdrawWhenAbsent(call, parts, sends);
    await enter(call);
    call.begin();
    parts.closers.add(watchAddresses(() => call.redescribe()));
    parts.closers.add(watchStrayPackets(parts.transport, onNotice));
    early.forEach(onNotice);
    early = undefined;
    return call;
  } catch (error) {
    await parts.closers.close();
    throw error;
  }
}

async function connect({
  server,
  name,
  locate,
  instanceKey,
  token,
}: PresenceOptions): Promise<SignalingClient> {
  return connectSignaling({
    ...{ url: await server, name, ...(locate && { locate }) },
    ...(instanceKey !== undefined && { instanceKey }),
    ...(token !== undefined && { token }),
  });
}

/** Nobody waited for the microphone: where there is none, the others are told so as soon as that is known. */
function withdrawWhenAbsent(call: Call, { audio }: Parts, sends: { audio: boolean }): void {
  if (!(audio instanceof LateSource)) return;
  const withdraw = (isThere: boolean) => {
    if (isThere || audio.isClosed) return;
    sends.audio = false;
    call.redescribe();
    call.emit('state', call.state);
  };
  // What an opening failed with is told by who takes from it.
  audio.isThere.then(withdraw, () => withdraw(false));
}

/** Prepares the transport to send, and tells from then on where and what this participant sends. */
async function describer(
  options: PresenceOptions,
  { transport }: Parts,
  sends: Readonly<{ audio: boolean; video: boolean }>,
): Promise<() => MediaDescription> {
  const { sampleRate, channels, mediaHost } = options;
  const media = describeStreams({ ...sends, sampleRate, channels }, systemRandom);
  for (const stream of media) transport.addOutgoing(stream);
  const ports = options.announcedPorts ? await options.announcedPorts(transport.ports) : transport.ports;
  return () => {
    const candidates = offeredCandidates(mediaHost);
    const sent = media.filter(({ id }) => id !== 'audio' || sends.audio);
    return { candidates, ports, streams: [...sent, controlStream(transport.controlSsrc)] };
  };
}
