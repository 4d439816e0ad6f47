import type { Clock } from '@hellohaybye/core';
import { systemClock, systemRandom } from '@hellohaybye/core/node';
import type { MediaDescription } from '@hellohaybye/signaling';
import { connectSignaling, localCandidates, type SignalingClient } from '@hellohaybye/signaling/client';
import { watchAddresses } from './address-watch.js';
import { Call } from './call.js';
import { profilesOf } from './keys/security.js';
import { controlStream, describeStreams } from './media-description.js';
import type { CallOptions, Notice, PresenceOptions } from './options.js';
import { openParts, type Parts } from './parts.js';

/**
 * Opens camera, microphone, speaker, page and sockets, and joins a room: from then on everybody in it is
 * sent to and received from, until `leave`.
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
    const describe = await describer(options, parts);
    const call = new Call({ ...parts, describe }, { ...options, clock, onNotice: notice });
    await enter(call);
    call.begin();
    parts.closers.add(watchAddresses(() => call.readdress()));
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

/** Prepares the transport to send, and tells from then on where and what this participant sends. */
async function describer(
  options: PresenceOptions,
  { transport, video, audio }: Parts,
): Promise<() => MediaDescription> {
  const { sampleRate, channels, mediaHost } = options;
  const sends = { video: video !== undefined, audio: audio !== undefined };
  const media = describeStreams({ ...sends, sampleRate, channels }, systemRandom);
  for (const stream of media) transport.addOutgoing(stream);
  const streams = [...media, controlStream(transport.controlSsrc)];
  const ports = options.announcedPorts ? await options.announcedPorts(transport.ports) : transport.ports;
  return () => {
    const all = localCandidates();
    const candidates = all.filter(({ address }) => mediaHost === undefined || address === mediaHost);
    return { candidates, ports, streams };
  };
}
