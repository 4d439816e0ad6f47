import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeClapper, watchClapper } from '../support/clapper.js';
import { emptyFolder, hellohaybye, quiet, start, startServer, type Running } from '../support/cli.js';
import { describeWith } from '../support/needs.js';
import { mediaPorts } from '../support/plain-rtp.js';
import { freeMediaPorts, listening } from '../support/ports.js';

// Another program's picture and sound in a call.

const host = '127.0.0.1';
/** Milliseconds; two pictures' length. */
const together = 67;

const joins = (name: string, url: string, ...args: string[]): Running =>
  hellohaybye(['join', '--server', url, '--name', name, '--json', ...quiet, ...args]);

/** Writes an SDP of pictures at a port, and of sound in 48 kHz stereo two on. */
function describe48k(port: number): string {
  const file = join(emptyFolder(), 'feed.sdp');
  const lines = ['v=0', `o=- 0 0 IN IP4 ${host}`, 's=-', `c=IN IP4 ${host}`, 't=0 0'];
  const media = [`m=video ${port} RTP/AVP 26`, `m=audio ${port + 2} RTP/AVP 97`, 'a=rtpmap:97 L16/48000/2'];
  writeFileSync(file, [...lines, ...media, ''].join('\r\n'));
  return file;
}

/** Has GStreamer play a file of JPEG and 48 kHz stereo, as it is, with reports. */
const gstreamerPlays = (file: string, port: number): Running =>
  start('gst-launch-1.0', [
    '-q',
    ...`rtpbin name=bin filesrc location=${file} ! matroskademux name=file
      file.video_0 ! queue ! rtpjpegpay mtu=1200 ! bin.send_rtp_sink_0
      bin.send_rtp_src_0 ! udpsink host=${host} port=${port}
      bin.send_rtcp_src_0 ! udpsink host=${host} port=${port + 1} sync=false async=false
      file.audio_0 ! queue ! audioconvert ! audio/x-raw,format=S16BE ! rtpL16pay pt=97 mtu=1200 ! bin.send_rtp_sink_1
      bin.send_rtp_src_1 ! udpsink host=${host} port=${port + 2}
      bin.send_rtcp_src_1 ! udpsink host=${host} port=${port + 3} sync=false async=false`.split(/\s+/),
  ]);

describeWith(['ffmpeg', 'gstreamer'], 'GStreamer feeds a call that ffmpeg watches', () => {
  it('picture and sound together all the way, pictures in their own size', async () => {
    const folder = emptyFolder();
    const [clapper, sdp, out] = ['clapper.mkv', 'out.sdp', 'out.mkv'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    makeClapper(clapper, { seconds: 6, rate: 48_000, channels: 2 });
    const { url } = await startServer();
    const [into, from] = [await freeMediaPorts(), await freeMediaPorts()];
    const feed = describe48k(into);
    const anna = joins('anna', url, '--video', `rtp:${feed}`, '--audio', `rtp:${feed}`);
    await anna.printed(new RegExp(`Picture of feed.sdp is expected on UDP port ${into}`));
    await anna.printed(/You are anna/);
    const watcher = hellohaybye([
      ...['watch', 'anna', '--server', url, '--name', 'ben', '--rtp', `${host}:${from}`, '--sdp', sdp],
      ...['--media-host', host, '--video-port', '0', '--audio-port', '0', '--json'],
    ]);
    await watcher.printed(/anna goes to/);
    await anna.printed(/ben \(watching anna\) came/);
    const ffmpeg = start('ffmpeg', [
      ...['-v', 'error', '-protocol_whitelist', 'file,udp,rtp', '-i', sdp],
      ...['-c:v', 'copy', '-c:a', 'pcm_s16le', out],
    ]);
    await listening(ffmpeg, mediaPorts(from));
    gstreamerPlays(clapper, into);
    await watcher.printed(/anna: +[1-9]\d* fps[^]*anna: +0 fps {2}0\.0 Mbit/);
    watcher.signal('SIGINT');
    expect(await watcher.exited).toMatchObject({ code: 130 });
    // Our goodbyes end it.
    expect(await ffmpeg.exited).toMatchObject({ code: 0 });

    const seen = watchClapper(out);
    // When reports come after the first pictures, ffmpeg corrects the times of these, and may give two the same one.
    const warnings = seen.warnings.replaceAll(
      /.*non monotonically increasing dts.*: \d{1,3} >= \d{1,3}$\n?/gm,
      '',
    );
    // The call is in 44.1 kHz mono.
    expect({ ...seen, warnings }).toMatchObject({ warnings: '', rate: 44_100, channels: 1 });
    expect(seen.frames).toBeGreaterThan(165);
    expect(seen.frames).toBeLessThanOrEqual(180);
    expect(seen.samples).toBeGreaterThan(5.5 * 44_100);
    expect(seen.late.length).toBeGreaterThan(3);
    // The first second may be from before the reports.
    for (const late of seen.late.slice(1)) expect(Math.abs(late)).toBeLessThan(together);
    const size = start('ffprobe', [
      ...[
        '-v',
        'error',
        '-select_streams',
        'v',
        '-show_entries',
        'stream=width,height',
        '-of',
        'csv=p=0',
        out,
      ],
    ]);
    await size.exited;
    expect(size.stdout.trim()).toBe('320,240');
  });
});

describeWith(['ffmpeg'], 'ffmpeg feeds a call', () => {
  it('ends, which is told, and begins anew', async () => {
    const { url } = await startServer();
    const port = await freeMediaPorts();
    const anna = joins('anna', url, '--video', `rtp:${describe48k(port)}`, '--audio', 'none');
    await anna.printed(/You are anna/);
    const ben = joins('ben', url, '--video', 'none', '--audio', 'none');
    const feed = (seconds: number) =>
      start('ffmpeg', [
        ...['-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=s=352x288:r=15', '-t', `${seconds}`],
        ...['-c:v', 'mjpeg', '-threads', '1', '-huffman', 'default', '-force_duplicated_matrix', '1'],
        ...['-pix_fmt', 'yuvj420p', '-f', 'rtp', `rtp://${host}:${port}`],
      ]);
    expect(await feed(2).exited).toMatchObject({ code: 0 });
    await ben.printed(/anna: +1\d fps/);
    await anna.printed(/note: Picture of feed.sdp comes no more/);
    feed(5);
    await anna.printed(/note: Picture of feed.sdp is back/);
    const before = ben.stderr.length;
    await ben.printed(new RegExp(`[^]{${before}}[^]*anna: +1\\d fps`));
  });
});

describe('join with what an SDP file describes', () => {
  it.each([
    ['rtp:no-such.sdp', 1, 'file-not-found'],
    ['rtp:package.json', 1, 'bad-sdp'],
    ['rtp:', 2, 'bad-source'],
  ])('says what is wrong with %s', async (source, code, error) => {
    const { url } = await startServer();
    for (const flag of ['--video', '--audio']) {
      const other = flag === '--video' ? '--audio' : '--video';
      const program = joins('anna', url, flag, source, other, 'none');
      expect(await program.exited, program.stderr).toMatchObject({ code });
      expect(program.json).toMatchObject({ ok: false, error: { code: error } });
      expect(program.stderr).toMatch(/^hellohaybye: .*\n$/);
    }
  });
});
