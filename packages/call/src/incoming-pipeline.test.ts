import { toBigEndian } from '@hellohaybye/codec';
import { millis } from '@hellohaybye/core';
import type { PlayoutBlock } from '@hellohaybye/playback';
import type { IncomingFrame } from '@hellohaybye/transport';
import { describe, expect, it } from 'vitest';
import { IncomingPipeline } from './incoming-pipeline.js';
import { l16Format } from './media-description.js';

const picture = (timestamp: number): IncomingFrame => ({
  ...{ peer: 'anna', stream: 'video', format: 'jpeg', sequenceNumber: 0, arrivedAt: millis(1000) },
  timestamp,
  data: Uint8Array.of(timestamp),
});
const sound = (packet: number): IncomingFrame => ({
  ...{ peer: 'anna', stream: 'audio', format: 'l16', sequenceNumber: packet, arrivedAt: millis(1000) },
  timestamp: packet * 441,
  data: toBigEndian(new Int16Array(441).fill(packet)),
});

/** A pipeline with anna in it, and what it shows and plays of her. */
function pipelineWithAnna() {
  const heard = new Set<string>();
  const shown: number[] = [];
  const played: PlayoutBlock[] = [];
  const page = { showFrame: (_: string, jpeg: Uint8Array) => void shown.push(jpeg[0]!) };
  const output = {
    addStream: (id: string) => void heard.add(id),
    removeStream: (id: string) => void heard.delete(id),
    push: (_: string, block: PlayoutBlock) => void played.push(block),
    shape: { sampleRate: 44_100, channels: 1 },
  };
  const pipeline = new IncomingPipeline({ page, output }, { now: () => millis(1000) });
  pipeline.addPeer('anna', l16Format(44_100, 1));
  return { pipeline, shown, played, heard };
}

describe('video', () => {
  it('never goes back in time: a picture that was overtaken is counted, not shown', () => {
    const { pipeline, shown } = pipelineWithAnna();
    for (const timestamp of [1, 2, 5, 3, 4, 6]) pipeline.receive(picture(timestamp));
    expect(shown).toEqual([1, 2, 5, 6]);
    expect(pipeline.of('anna')).toMatchObject({ overtaken: 2, video: { frames: 6 } });
  });

  it('goes on when its sender begins anew, with timestamps of another beginning', () => {
    const { pipeline, shown } = pipelineWithAnna();
    pipeline.receive(picture(200));
    pipeline.restart('anna', 'audio');
    pipeline.receive(picture(100));
    pipeline.restart('anna', 'video');
    for (const timestamp of [10, 20, 15]) pipeline.receive(picture(timestamp));
    expect(shown).toEqual([200, 10, 20]);
  });
});

it('who turns out to have no microphone is not heard any more; their pictures go on, and are counted on', () => {
  const { pipeline, shown, heard } = pipelineWithAnna();
  pipeline.receive(picture(1));
  pipeline.setAudio('anna');
  pipeline.receive(picture(3));
  pipeline.receive(picture(2));
  expect(heard).toEqual(new Set());
  expect(shown).toEqual([1, 3]);
  expect(pipeline.of('anna')).toMatchObject({ overtaken: 1, video: { frames: 3 } });
  pipeline.setAudio('anna', l16Format(48_000, 2));
  expect(heard).toEqual(new Set(['anna']));
  pipeline.removePeer('anna');
  pipeline.setAudio('anna', l16Format(48_000, 2));
  expect(heard).toEqual(new Set());
});

it('sound that comes out of order is played all the same, each packet in its place', () => {
  const { pipeline, played } = pipelineWithAnna();
  for (const packet of [1, 2, 4, 3, 5]) pipeline.receive(sound(packet));
  expect(played.map(({ timestamp }) => timestamp / 441)).toEqual([1, 2, 4, 3, 5]);
  for (const { timestamp, samples } of played)
    expect(samples).toEqual(new Int16Array(441).fill(timestamp / 441));
});

it('tells a listener of every frame of those who are here, and of streams that begin', () => {
  const told: unknown[] = [];
  const listener = { emit: (...event: unknown[]) => told.push(event) > 0 };
  const pipeline = new IncomingPipeline({}, { now: () => millis(1000) }, listener);
  pipeline.receive(picture(1));
  pipeline.restart('anna', 'video');
  pipeline.addPeer('anna');
  const frames = [picture(2), sound(3), picture(1)];
  pipeline.restart('anna', 'video');
  frames.forEach((frame) => pipeline.receive(frame));
  const events = [['source', { peer: 'anna', stream: 'video' }], ...frames.map((frame) => ['frame', frame])];
  expect(told).toEqual(events);
});
