import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complaints, makeClapper, watchClapper } from '../support/clapper.js';
import { emptyFolder, start, type Running } from '../support/cli.js';
import { describeWith } from '../support/needs.js';
import {
  describeSending,
  expectAll,
  expectTestPictures,
  expectTone,
  inPeriods,
  interrupted,
  makeTone,
  mediaPorts,
  openedApart,
  received,
  rtpReceive,
  rtpSend,
} from '../support/plain-rtp.js';
import { freeMediaPorts, listening } from '../support/ports.js';

const sized = ['--size', '320x240', '--fps', '30'];

/**
 * Milliseconds. The reports that ffmpeg 5.1 sends for its two outputs are apart by the time between their
 * first frames; ffmpeg as receiver shows the same. Measured: 33 to 43 by us, 74 to 76 by ffmpeg.
 */
const reportedApart = 100;

/** Names in an empty folder. */
function files(): { sdp: string; clapper: string; out: string; tone: string; video: string; audio: string } {
  const folder = emptyFolder();
  const [sdp, clapper, out] = ['x.sdp', 'clapper.mkv', 'out.mkv'].map((name) => join(folder, name));
  const [tone, video, audio] = ['tone.wav', 'video.raw', 'audio.raw'].map((name) => join(folder, name));
  return { sdp: sdp!, clapper: clapper!, out: out!, tone: tone!, video: video!, audio: audio! };
}

const ffmpegReceives = (sdp: string, ...output: string[]): Running =>
  start('ffmpeg', ['-v', 'repeat+warning', '-protocol_whitelist', 'file,udp,rtp', '-i', sdp, ...output]);

/**
 * Without the one thing that ffmpeg says when it joins in the middle: until the next sender reports it lets
 * every stream begin at 0; then it corrects that, and finds that timestamps went back. With ffmpeg as sender
 * it says the same. Who listens from the beginning gets reports ahead of the first packets, and never hears of it.
 */
const corrected = (text: string): string =>
  text.replaceAll(/.*non-monotonous dts in output.*\n?/gi, '').trim();

/** Has ffmpeg play a file to plain RTP, in real time; writes the SDP that tells of it. */
function ffmpegSends(file: string, port: number, sdp: string, sound: string[], seconds = 60): Running {
  const video = ['-c:v', 'mjpeg', '-threads', '1', '-huffman', 'default', '-force_duplicated_matrix', '1'];
  return start('ffmpeg', [
    ...['-v', 'repeat+warning', '-re', '-t', `${seconds}`, '-i', file, '-sdp_file', sdp],
    ...['-map', '0:v', ...video, '-q:v', '3', '-pix_fmt', 'yuvj420p'],
    ...['-f', 'rtp', `rtp://127.0.0.1:${port}`],
    ...['-map', '0:a', '-c:a', 'pcm_s16be', ...sound, '-f', 'rtp', `rtp://127.0.0.1:${port + 2}`],
  ]);
}

describeWith(['ffmpeg'], 'ffmpeg receives what we send', () => {
  it('every picture as it was and every sample, without a warning', async () => {
    const { sdp, tone, video, audio } = files();
    makeTone(tone);
    const port = await freeMediaPorts();
    const sources = ['--video', 'test', '--audio', `file:${tone}`, ...inPeriods];
    await describeSending(port, sdp, ...sources);
    const ffmpeg = ffmpegReceives(
      sdp,
      ...['-map', '0:v', '-fps_mode', 'passthrough', '-pix_fmt', 'bgr0', '-f', 'rawvideo', video],
      ...['-map', '0:a', '-f', 's16le', audio],
    );
    await listening(ffmpeg, mediaPorts(port));
    const sender = rtpSend(port, sdp, ...sources, '--duration', '3');
    expect(await sender.exited).toMatchObject({ code: 0 });
    // Our goodbyes end it.
    expect(await ffmpeg.exited).toMatchObject({ code: 0 });
    expect(complaints(ffmpeg.stderr)).toBe('');
    const frames = expectTestPictures(video, { width: 640, height: 480, fps: 30 });
    expectAll(sender, { frames, packets: expectTone(audio) / 441 });
  });

  it('also from the middle, with 48 kHz stereo, picture and sound together', async () => {
    const { sdp, clapper, out } = files();
    makeClapper(clapper, { seconds: 4, rate: 48_000, channels: 2 });
    const port = await freeMediaPorts();
    const stereo = ['--sample-rate', '48000', '--channels', '2'];
    const sources = ['--video', `file:${clapper}`, '--audio', `file:${clapper}`, ...stereo, ...sized];
    const sender = rtpSend(port, sdp, ...sources, '--duration', '6');
    await sender.printed(/video: +\d+ frames/);
    const ffmpeg = ffmpegReceives(sdp, '-c:v', 'copy', '-c:a', 'pcm_s16le', out);
    await Promise.all([sender.exited, ffmpeg.exited]);
    expect(corrected(complaints(ffmpeg.stderr))).toBe('');

    const seen = watchClapper(out);
    expect(seen.warnings).toBe('');
    expect(seen).toMatchObject({ rate: 48_000, channels: 2 });
    expect(seen.frames).toBeGreaterThan(90);
    expect(seen.samples).toBeGreaterThan(3 * 48_000);
    expect(seen.late.length).toBeGreaterThan(2);
    // The first second may be from before the correction.
    for (const late of seen.late.slice(1)) expect(Math.abs(late)).toBeLessThan(openedApart);
  });
});

describeWith(['ffmpeg'], 'we receive what ffmpeg sends', () => {
  it.each([
    ['44.1 kHz mono, payload type 11', { rate: 44_100, channels: 1 }, [], /^m=audio \d+ RTP\/AVP 11\s/m],
    [
      '44.1 kHz mono, a dynamic type',
      { rate: 44_100, channels: 1 },
      ['-payload_type', '98'],
      /rtpmap:98 L16/,
    ],
    ['48 kHz stereo', { rate: 48_000, channels: 2 }, [], /rtpmap:9\d L16\/48000\/2/],
  ])('and record every picture and every sample: %s', async (_, sound, extra, described) => {
    const { sdp, clapper, out } = files();
    makeClapper(clapper, { seconds: 3, ...sound });
    const port = await freeMediaPorts();
    await ffmpegSends(clapper, port, sdp, extra, 0.1).exited;
    expect(readFileSync(sdp, 'utf8')).toMatch(described);
    const receiver = await rtpReceive(sdp, '--save', out);
    const ffmpeg = ffmpegSends(clapper, port, sdp, extra);
    expect(await ffmpeg.exited).toMatchObject({ code: 0 });
    const { video, audio } = await received(receiver);
    expect(video).toMatchObject({ frames: 90, incomplete: 0 });
    expect(audio.lost).toBe(0);

    const seen = watchClapper(out);
    expect(seen).toMatchObject({ warnings: '', frames: 90, samples: 3 * sound.rate, ...sound });
    expect(seen.duration).toBeGreaterThan(2.9);
    expect(seen.duration).toBeLessThan(3.2);
    expect(seen.late).toHaveLength(3);
    for (const late of seen.late) expect(Math.abs(late)).toBeLessThan(reportedApart);
  });

  it('and go on when it ends and begins anew', async () => {
    const { sdp, clapper, out } = files();
    makeClapper(clapper, { seconds: 2, rate: 44_100, channels: 1 });
    const port = await freeMediaPorts();
    await ffmpegSends(clapper, port, sdp, [], 0.1).exited;
    const receiver = await rtpReceive(sdp, '--save', out);
    for (let run = 0; run < 2; run++) {
      expect(await ffmpegSends(clapper, port, sdp, []).exited).toMatchObject({ code: 0 });
    }
    const { video } = await received(receiver);
    // ffmpeg says no goodbye: until the first source has been silent for half a second, nobody can take its place.
    expect(video.frames).toBeGreaterThan(120 - 15);
    expect(video.incomplete).toBe(0);
    const seen = watchClapper(out);
    expect(seen).toMatchObject({ warnings: '', frames: video.frames });
    // Both runs, with silence between them.
    expect(seen.samples).toBeGreaterThan(4 * 44_100);
    expect(seen.late.length).toBeGreaterThanOrEqual(3);
    for (const late of seen.late) expect(Math.abs(late)).toBeLessThan(reportedApart);
  });

  it('and leave a whole file when Ctrl-C comes in the middle', async () => {
    const { sdp, clapper, out } = files();
    makeClapper(clapper, { seconds: 20, rate: 44_100, channels: 1 });
    const port = await freeMediaPorts();
    await ffmpegSends(clapper, port, sdp, [], 0.1).exited;
    const receiver = await rtpReceive(sdp, '--save', out);
    const ffmpeg = ffmpegSends(clapper, port, sdp, []);
    await receiver.printed(/sender: +[1-9]\d* fps[^]*sender: +[1-9]\d* fps/);
    const { video } = await interrupted(receiver);
    expect(ffmpeg.child.exitCode).toBe(null);
    const seen = watchClapper(out);
    expect(seen.warnings).toBe('');
    // What came between the count and the end is in the file too.
    expect(seen.frames).toBeGreaterThanOrEqual(video.frames);
    expect(seen.frames).toBeLessThan(video.frames + 15);
    expect(seen.duration).toBeGreaterThan(1);
  });
});

describe('rtp send', () => {
  it('goes on quietly when nobody listens', async () => {
    const port = await freeMediaPorts();
    const sdp = join(emptyFolder(), 'x.sdp');
    const sender = rtpSend(port, sdp, '--video', 'test', '--audio', 'tone', ...sized, '--duration', '2');
    expect(await sender.exited).toMatchObject({ code: 0 });
    const { sent } = sender.json as { sent: { frames: number }[] };
    expect(sent.map(({ frames }) => frames > 50)).toEqual([true, true]);
    expect(sender.stderr).not.toMatch(/note:|rror/);
  });
});
