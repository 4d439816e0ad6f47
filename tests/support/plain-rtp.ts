import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReceivedReport } from '@hellohaybye/call';
import { drawTestPicture, readTestPicture } from '@hellohaybye/capture';
import { expect } from 'vitest';
import { hellohaybye, root, start, type Running } from './cli.js';
import { psnr, spread } from './psnr.js';
import { wav } from './sound.js';

const host = '127.0.0.1';

/** A stream's port, the port after it for its RTCP, and the same for the other stream. */
export const mediaPorts = (first: number): number[] => [0, 1, 2, 3].map((offset) => first + offset);

/**
 * How far apart picture and sound of one file may be that we play, milliseconds: two pictures' length. Each is
 * opened by a program of its own, both in time from the same instant. Measured: under 35.
 */
export const openedApart = 67;

/** Sends plain RTP to four ports of this machine, from the first on. */
export const rtpSend = (port: number, sdp: string, ...args: string[]): Running =>
  hellohaybye(['rtp', 'send', '--to', `${host}:${port}`, '--sdp', sdp, '--json', ...args]);

/** Expects that a program got all that `rtp send --json` says it sent: frames of video, packets of audio. */
export function expectAll(sender: Running, got: { frames: number; packets: number }): void {
  const { sent } = sender.json as { sent: { stream: string; frames: number; packets: number }[] };
  const [video, audio] = ['video', 'audio'].map((name) => sent.find(({ stream }) => stream === name)!);
  expect(video!.frames).toBeGreaterThan(60);
  expect(got).toEqual({ frames: video!.frames, packets: audio!.packets });
}

/**
 * Has an SDP file written. It is the same whenever the same is sent to the same ports, so another program
 * can be there before the first packet.
 */
export async function describeSending(port: number, sdp: string, ...args: string[]): Promise<void> {
  const sender = rtpSend(port, sdp, ...args);
  await sender.printed(/described in/);
  sender.signal('SIGINT');
  await sender.exited;
}

/**
 * Receives plain RTP, and keeps it to itself, as a process group of its own, as a shell would start it.
 * Resolves when it listens.
 */
export async function rtpReceive(sdp: string, ...args: string[]): Promise<Running> {
  const here = ['--media-host', host, '--view', 'none', '--no-open', '--speaker', 'none'];
  const program = [process.execPath, join(root, 'apps/cli/bin/hellohaybye.js')];
  const receiver = start('setsid', [...program, 'rtp', 'receive', '--sdp', sdp, '--json', ...here, ...args]);
  await receiver.printed(/Waiting for/);
  return receiver;
}

/** Ends a receiver, by Ctrl-C, when nothing has come for a second; it shows the rate of each second. */
export async function received(receiver: Running): Promise<ReceivedReport> {
  await receiver.printed(/sender: +[1-9]\d* fps[^]*sender: +0 fps {2}0\.0 Mbit/);
  return interrupted(receiver);
}

/** Ends a receiver by Ctrl-C, which reaches all of its group, and has to leave everything whole. */
export async function interrupted(receiver: Running): Promise<ReceivedReport> {
  process.kill(-receiver.pid, 'SIGINT');
  const { code } = await receiver.exited;
  if (code !== 130) throw new Error(`it ended with ${code}: ${receiver.stderr}`);
  return (receiver.json as { received: ReceivedReport }).received;
}

/** Makes a WAV file of a second of 1 kHz, whole periods of it: it can be looped without a click. */
export function makeTone(file: string): void {
  const sine = Int16Array.from({ length: toneRate }, (_, index) =>
    Math.round(toneAmplitude * Math.sin((2 * Math.PI * 1000 * index) / toneRate)),
  );
  writeFileSync(file, wav(sine, toneRate));
}

/**
 * The tone is captured in blocks of whole periods of it: one that a busy machine has to leave out, for its time is over,
 * leaves no click.
 */
export const inPeriods = ['--chunk-samples', '441'];

const toneRate = 44_100;
const toneAmplitude = 8000;

/** Expects nothing but that tone in a file of bare samples. @returns how many there are */
export function expectTone(file: string): number {
  const samples = new Int16Array(Uint8Array.from(readFileSync(file)).buffer);
  const { frequency, level } = measureTone(samples, toneRate);
  expect(frequency).toBeCloseTo(1000, 1);
  expect(level).toBeCloseTo(20 * Math.log10(toneAmplitude / 32_768 / Math.SQRT2), 1);
  return samples.length;
}

/** Expects the test pictures in a file of bare pixels, in order and as they were drawn. @returns how many there are */
export function expectTestPictures(
  file: string,
  shape: { width: number; height: number; fps: number },
): number {
  const raw = readFileSync(file);
  const size = shape.width * shape.height * 4;
  const images = Array.from({ length: raw.length / size }, (_, index) => ({
    ...shape,
    data: raw.subarray(index * size, (index + 1) * size),
  }));
  const numbers = images.map((image) => readTestPicture(image)!);
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
  const { min, median } = spread(
    images.map((image, index) => psnr(image, { ...shape, data: drawTestPicture(numbers[index]!, shape) })),
  );
  expect(min, `PSNR: median ${median} dB`).toBeGreaterThan(30);
  return images.length;
}

/** The frequency of a tone, by its zero crossings, and its level in dB below full scale. */
function measureTone(samples: Int16Array, rate: number): { frequency: number; level: number } {
  let crossings = 0;
  let [first, last] = [NaN, NaN];
  let squares = 0;
  for (let index = 1; index < samples.length; index++) {
    const [before, after] = [samples[index - 1]!, samples[index]!];
    squares += after * after;
    if (before >= 0 || after < 0) continue;
    last = index - after / (after - before);
    if (crossings++ === 0) first = last;
  }
  const level = 10 * Math.log10(squares / samples.length / 32_768 ** 2);
  return { frequency: ((crossings - 1) * rate) / (last - first), level };
}
