import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFfmpeg } from '@hellohaybye/capture';
import { createJpegCodec, toBigEndian, type JpegCodec } from '@hellohaybye/codec';
import { micros, millis, type Micros } from '@hellohaybye/core';
import type { IncomingFrame } from '@hellohaybye/transport';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jpegFormat, l16Format } from '../media-description.js';
import { startRecorder } from './recorder.js';
import type { RtpSession } from './sdp.js';

const session: RtpSession = {
  address: '127.0.0.1',
  video: { port: 5004, rtcpPort: 5005, format: jpegFormat },
  audio: { port: 5006, rtcpPort: 5007, format: l16Format(44_100, 1) },
};
const begin = millis(1_000_000);

let folder: string;
let codec: JpegCodec;
let jpeg: Uint8Array;
const notices: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hellohaybye-recorder-'));
  codec = createJpegCodec();
  jpeg = await codec.encode(
    { format: 'bgr0', width: 64, height: 48, data: new Uint8Array(64 * 48 * 4) },
    { quality: 80 },
  );
});

afterAll(async () => {
  await codec.close();
  rmSync(folder, { recursive: true });
});

/** Records frames; both are given by the milliseconds of their arrival. @returns the file's frames: stream, instant in ms, bytes */
async function record(name: string, frames: IncomingFrame[]): Promise<number[][]> {
  const file = join(folder, name);
  const onNotice = ({ code }: { code: string }) => void notices.push(code);
  const recorder = await startRecorder(file, session, { onNotice });
  for (const frame of frames) recorder.write(frame);
  await recorder.close();
  const { path } = await findFfmpeg();
  const read = ['-v', 'error', '-copyts', '-i', file, '-map', '0', '-c', 'copy', '-f', 'framecrc', '-'];
  const listing = execFileSync(path, read, { encoding: 'utf8', stdio: 'pipe' });
  const bases = [...listing.matchAll(/^#tb \d: (\d+)\/(\d+)/gm)].map(([, a, b]) => Number(a) / Number(b));
  return listing
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => line.split(',').map(Number))
    .map(([stream, , at, , size]) => [stream!, Math.round(at! * bases[stream!]! * 1000), size!]);
}

const frame = (stream: 'video' | 'audio', at: number, rest: Partial<IncomingFrame> = {}): IncomingFrame => ({
  ...{ peer: 'sender', stream, format: stream === 'video' ? 'jpeg' : 'l16', sequenceNumber: 0 },
  data: stream === 'video' ? jpeg : toBigEndian(new Int16Array(441)),
  timestamp: stream === 'video' ? at * 90 : at * 44.1,
  arrivedAt: micros(begin + at * 1000),
  ...rest,
});

const every = (step: number, from: number, to: number): number[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);

it('a stream that begins later is later in the file, and no picture is lost', async () => {
  const frames = [
    ...every(40, 0, 2000).map((at) => frame('video', at)),
    ...every(10, 700, 2000).map((at) => frame('audio', at)),
  ].toSorted((a, b) => a.arrivedAt - b.arrivedAt);
  const recorded = await record('later.mkv', frames);
  const [video, audio] = [0, 1].map((stream) => recorded.filter(([of]) => of === stream));
  expect(video!.map(([, at, size]) => [at, size])).toEqual(every(40, 0, 2000).map((at) => [at, jpeg.length]));
  expect(audio![0]![1]).toBe(700);
  expect(audio!.reduce((sum, [, , size]) => sum + size!, 0)).toBe(2 * 441 * 130);
});

it('frames of the same instant stay together, however late one of them came', async () => {
  const captured = (at: number): { capturedAt: Micros } => ({ capturedAt: micros(at * 1000) });
  const recorded = await record('together.mkv', [
    frame('video', 90, captured(0)),
    frame('audio', 100, captured(60)),
    frame('video', 130, captured(40)),
  ]);
  expect(recorded.map(([stream, at]) => [stream, at])).toEqual(
    expect.arrayContaining([
      [0, 0],
      [0, 40],
      [1, 60],
    ]),
  );
});

it('a frame that another has overtaken is where it belongs', async () => {
  const late = (stream: 'video' | 'audio', at: number, arrival: number): IncomingFrame =>
    frame(stream, at, { arrivedAt: micros(begin + arrival * 1000), capturedAt: micros(at * 1000) });
  const recorded = await record('overtaken.mkv', [
    ...[0, 40, 120, 80, 160].map((at, index) => late('video', at, index * 40)),
    ...[0, 10, 30, 20, 40].map((at, index) => late('audio', at, 200 + index * 10)),
  ]);
  const [video, audio] = [0, 1].map((stream) => recorded.filter(([of]) => of === stream));
  expect(video!.map(([, at]) => at)).toEqual([0, 40, 80, 120, 160]);
  expect(audio!.map(([, at, size]) => [at, size])).toEqual([0, 10, 20, 30, 40].map((at) => [at, 2 * 441]));
});

it('of two streams only one has to come', async () => {
  const recorded = await record(
    'sound.mkv',
    every(10, 0, 8000).map((at) => frame('audio', at)),
  );
  expect(recorded.every(([stream]) => stream === 1)).toBe(true);
  expect(recorded.reduce((sum, [, , size]) => sum + size!, 0)).toBe(2 * 441 * 800);
});

it('nothing makes no file, and is told; a folder that is not there is told at once', async () => {
  await expect(record('nothing.mkv', [])).rejects.toThrow();
  expect(notices).toContain('nothing-recorded');
  const options = { onNotice: () => undefined };
  await expect(startRecorder(join(folder, 'no', 'x.mkv'), session, options)).rejects.toMatchObject({
    code: 'cannot-save',
  });
});
