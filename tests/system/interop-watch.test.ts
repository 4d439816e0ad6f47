import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complaints, makeClapper, watchClapper } from '../support/clapper.js';
import { emptyFolder, hellohaybye, quiet, start, startServer, type Running } from '../support/cli.js';
import { describeWith } from '../support/needs.js';
import { expectTestPictures, expectTone, inPeriods, makeTone, openedApart } from '../support/plain-rtp.js';
import { freeMediaPorts, listening } from '../support/ports.js';
import { neverCame, received, type Result } from '../support/result.js';

// Somebody in a call lets another program watch somebody else in it.

const host = '127.0.0.1';
const sized = ['--size', '320x240', '--fps', '30'];
const ownPorts = ['--media-host', host, '--video-port', '0', '--audio-port', '0'];

const joins = (name: string, url: string, ...args: string[]): Running =>
  hellohaybye(['join', '--server', url, '--name', name, '--json', ...quiet, ...args]);

const watches = (name: string, url: string, to: string, sdp: string, ...args: string[]): Running =>
  hellohaybye([
    ...['watch', name, '--server', url, '--name', 'ben', '--rtp', to, '--sdp', sdp],
    ...['--json', ...ownPorts, ...args],
  ]);

type Sent = { stream: string; frames: number; packets: number };

describeWith(['ffmpeg'], 'ffmpeg watches a participant', () => {
  it('picture and sound together, and everybody sees it', async () => {
    const folder = emptyFolder();
    const [sdp, clapper, out] = ['x.sdp', 'clapper.mkv', 'out.mkv'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    makeClapper(clapper, { seconds: 4, rate: 48_000, channels: 2 });
    const { url } = await startServer();
    const port = await freeMediaPorts();
    const watcher = watches('ANNA', url, `${host}:${port}`, sdp);
    await watcher.printed(/Waiting for ANNA/);
    expect(existsSync(sdp)).toBe(false);
    const sources = ['--video', `file:${clapper}`, '--audio', `file:${clapper}`, ...sized];
    const anna = joins('anna', url, ...sources, '--sample-rate', '48000', '--channels', '2');
    await anna.printed(/Here: ben \(watching ANNA\)/);
    await watcher.printed(new RegExp(`anna goes to ${host}:${port}`));
    expect(readFileSync(sdp, 'utf8')).toMatch(/m=video \d+ RTP\/AVP 26[^]*rtpmap:97 L16\/48000\/2/);
    const ffmpeg = start('ffmpeg', [
      ...['-v', 'repeat+warning', '-protocol_whitelist', 'file,udp,rtp', '-i', sdp],
      ...['-t', '6', '-c:v', 'copy', '-c:a', 'pcm_s16le', out],
    ]);
    expect(await ffmpeg.exited).toMatchObject({ code: 0 });
    watcher.signal('SIGINT');
    expect(await watcher.exited).toMatchObject({ code: 130 });
    await anna.printed(/ben \(watching ANNA\) went/);
    anna.signal('SIGINT');
    await anna.exited;

    // It sends nothing itself.
    const { video, audio } = received(anna.json as Result, 'anna', 'ben (watching ANNA)');
    expect([video.frames, audio.packets]).toEqual([0, 0]);
    // What it says when it joins in the middle, until our next reports come: see docs/interop.md.
    const unexpected = complaints(ffmpeg.stderr).replaceAll(/.*non-monotonous dts in output.*\n?/gi, '');
    expect(unexpected.trim()).toBe('');
    const seen = watchClapper(out);
    expect(seen).toMatchObject({ warnings: '', rate: 48_000, channels: 2 });
    expect(seen.frames).toBeGreaterThan(150);
    expect(seen.late.length).toBeGreaterThan(3);
    // The first second may be from before the correction.
    for (const late of seen.late.slice(1)) expect(Math.abs(late)).toBeLessThan(openedApart);
  });
});

describeWith(['ffmpeg', 'gstreamer'], 'GStreamer watches a participant', () => {
  it('who comes again: every picture as it was sent and every sample', async () => {
    const folder = emptyFolder();
    const [sdp, tone, pictures, sound] = ['x.sdp', 'tone.wav', 'video.raw', 'audio.raw'].map((name) =>
      join(folder, name),
    ) as [string, string, string, string];
    makeTone(tone);
    const { url } = await startServer();
    const port = await freeMediaPorts();
    const watcher = watches('anna', url, `${host}:${port}`, sdp);
    const sources = ['--video', 'test', '--audio', `file:${tone}`, ...inPeriods];
    // What others send is not passed on.
    joins('carl', url, '--video', 'test', '--size', '160x120', '--fps', '10', '--audio', 'tone');
    await watcher.printed(/carl: +[1-9]\d* fps/);
    const first = joins('anna', url, ...sources);
    await watcher.printed(/anna goes to/);
    const described = readFileSync(sdp, 'utf8');
    await watcher.printed(/anna: +[1-9]\d* fps/);
    first.signal('SIGINT');
    await first.exited;
    await watcher.printed(/Waiting for anna/);

    const pipeline = start('gst-launch-1.0', [
      ...['-q', '-e'],
      ...`udpsrc address=${host} port=${port} caps=application/x-rtp,media=video,encoding-name=JPEG,payload=26,clock-rate=90000
        ! rtpjpegdepay ! jpegdec ! videoconvert ! video/x-raw,format=BGRx ! filesink location=${pictures}
      udpsrc address=${host} port=${port + 2} caps=application/x-rtp,media=audio,encoding-name=L16,payload=11,clock-rate=44100,channels=1
        ! rtpL16depay ! audioconvert ! audio/x-raw,format=S16LE ! filesink location=${sound}`.split(/\s+/),
    ]);
    await listening(pipeline, [port, port + 2]);
    const again = joins('anna', url, ...sources, '--duration', '3');
    expect(await again.exited).toMatchObject({ code: 0 });
    await watcher.printed(/goes to[^]*goes to[^]*Waiting for anna/);
    watcher.signal('SIGINT');
    expect(await watcher.exited).toMatchObject({ code: 130 });
    pipeline.signal('SIGINT');
    await pipeline.exited;
    expect(pipeline.stderr).toBe('');
    expect(readFileSync(sdp, 'utf8')).toBe(described);

    const frames = expectTestPictures(pictures, { width: 640, height: 480, fps: 30 });
    const packets = expectTone(sound) / 441;
    const { ok, sent, participants } = watcher.json as Result & { sent: Sent[] };
    expect(ok).toBe(true);
    const [before, watched] = participants[0]!.received.filter(({ from }) => from === 'anna');
    expect([neverCame(watched!.video), watched!.video.lossAfter, watched!.audio.lossAfter]).toEqual([
      0, 0, 0,
    ]);
    expect(packets).toBe(watched!.audio.packets);
    // Of pictures, one that a newer one has overtaken is not sent on.
    const sentOn = sent.find(({ stream }) => stream === 'video')!.frames - before!.video.frames;
    expect(frames).toBeGreaterThanOrEqual(sentOn);
    expect(frames).toBeLessThanOrEqual(watched!.video.frames);
    // What she had sent to Carl before she could send to the watcher, too, is not among it.
    const { video, audio } = (again.json as Result).participants[0]!.sent;
    expect(frames).toBeGreaterThan(45);
    expect(frames).toBeLessThanOrEqual(video.frames);
    expect(packets).toBeGreaterThan(150);
    expect(packets).toBeLessThanOrEqual(audio.packets);
  });
});

describe('watch', () => {
  it('keeps plain RTP on this machine, unless it is told otherwise', async () => {
    const { url } = await startServer();
    const sdp = join(emptyFolder(), 'x.sdp');
    const refused = watches('anna', url, '192.0.2.1:5004', sdp);
    expect(await refused.exited).toMatchObject({ code: 2 });
    expect(refused.stderr).toMatch(/^hellohaybye: --rtp: 192\.0\.2\.1 is not this machine.*--anywhere.*\n$/);
    expect(refused.json).toMatchObject({ ok: false, error: { code: 'leaves-machine' } });
    // Nobody is there, so nothing goes there.
    const alone = watches('anna', url, '192.0.2.1:5004', sdp, '--anywhere', '--duration', '0.5');
    expect(await alone.exited, alone.stderr).toMatchObject({ code: 1 });
    expect(alone.stderr).toMatch(/Waiting for anna[^]*Nothing came from anna/);
    expect(alone.json).toMatchObject({ ok: false, sent: [], participants: [{ received: [] }] });
    expect(existsSync(sdp)).toBe(false);
  });

  it.each([
    [['watch', '--rtp', host, '--sdp', 'x.sdp'], 2, /missing required argument 'name'/],
    [['watch', 'anna', '--sdp', 'x.sdp'], 2, /--rtp/],
    [['watch', 'anna', '--rtp', host], 2, /--sdp/],
    [['watch', 'anna', 'ben', '--rtp', host, '--sdp', 'x.sdp'], 2, /too many arguments/],
    [['watch', 'anna', '--rtp', '127.0.0.1:x', '--sdp', 'x.sdp'], 2, /must look like/],
  ])('says what is wrong: %j', async (args, code, said) => {
    const program = hellohaybye(args);
    expect(await program.exited).toMatchObject({ code });
    expect(program.stderr).toMatch(said);
  });

  it('ends when the SDP can not be written', async () => {
    const { url } = await startServer();
    const anna = joins('anna', url, '--video', 'test', '--audio', 'none', ...sized);
    await anna.printed(/You are anna/);
    const watcher = watches('anna', url, `${host}:${await freeMediaPorts()}`, join(emptyFolder(), 'no', 'x'));
    expect(await watcher.exited).toMatchObject({ code: 1 });
    expect(watcher.json).toMatchObject({ ok: false, error: { code: 'cannot-save' } });
    await anna.printed(/ben \(watching anna\) went/);
  });
});
