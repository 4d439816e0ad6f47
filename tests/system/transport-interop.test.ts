import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@hellohaybye/core/node';
import { parseJpeg, type PayloadFormat } from '@hellohaybye/transport';
import { openTransport, type IncomingFrame, type Transport } from '@hellohaybye/transport/node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../support/needs.js';

const host = '127.0.0.1';
const jpeg: PayloadFormat = { format: 'jpeg', payloadType: 26, clockRate: 90_000 };
const l16: PayloadFormat = { format: 'l16', payloadType: 11, clockRate: 44_100, channels: 1 };

let folder: string;
let children: ChildProcess[];
let open: Transport[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hhb-interop-'));
  children = [];
  open = [];
});

afterEach(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  await Promise.all(open.map((transport) => transport.close()));
  rmSync(folder, { recursive: true });
});

async function receiver(format: PayloadFormat): Promise<Transport> {
  const transport = await openTransport({ channels: { media: { host, port: 0 } } });
  open.push(transport);
  transport.addIncoming({ peer: 'far', id: 'media', channel: 'media', formats: [format] });
  return transport;
}

/** Starts a program; what it writes to stderr is kept. */
function start(program: string, args: string[]): { child: ChildProcess; stderr: () => string } {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  children.push(child);
  let text = '';
  child.stderr!.on('data', (data: Buffer) => (text += data.toString()));
  return { child, stderr: () => text };
}

/** Waits for a number of frames. */
const collect = (transport: Transport, count: number): Promise<IncomingFrame[]> =>
  new Promise((resolve) => {
    const frames: IncomingFrame[] = [];
    transport.on('frame', (frame) => void (frames.push(frame) === count && resolve(frames)));
  });

/** Decodes JPEG files with ffmpeg. @returns its warnings and the frames' mean luma */
function decode(files: Uint8Array[]): { warnings: string; frames: number } {
  writeFileSync(join(folder, 'all.mjpeg'), Buffer.concat(files));
  const args = [
    '-v',
    'repeat+warning',
    '-f',
    'mjpeg',
    '-i',
    join(folder, 'all.mjpeg'),
    '-f',
    'rawvideo',
    '-pix_fmt',
    'gray',
  ];
  const { stdout, stderr } = spawnSync('ffmpeg', [...args, '-s', '16x16', '-'], { maxBuffer: 1e8 });
  // The deprecated full-range pixel format is ffmpeg's own affair.
  const warnings = stderr
    .toString()
    .split('\n')
    .filter((line) => line !== '' && !line.includes('deprecated pixel format'));
  return { warnings: warnings.join('\n'), frames: stdout.length / 256 };
}

/** JPEG files of a moving picture, 4:2:0 with standard Huffman tables. */
function moving(count: number, size: string): Uint8Array[] {
  const encode = ['-pix_fmt', 'yuvj420p', '-c:v', 'mjpeg', '-huffman', 'default', '-q:v', '3'];
  const source = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=30`, '-frames:v', `${count}`];
  spawnSync('ffmpeg', ['-v', 'error', ...source, ...encode, join(folder, 'src-%03d.jpg')]);
  const names = readdirSync(folder).filter((name) => name.startsWith('src-'));
  return names.sort().map((name) => new Uint8Array(readFileSync(join(folder, name))));
}

/** Two ports in a row that are free now: others take the next one for RTCP. */
async function freePorts(): Promise<number> {
  for (;;) {
    const probe = createSocket('udp4').bind(0, host);
    await once(probe, 'listening');
    const { port } = probe.address();
    const next = createSocket('udp4');
    const free = await new Promise<boolean>((resolve) => {
      next.once('error', () => resolve(false));
      next.bind(port + 1, host, () => resolve(true));
    });
    if (free) next.close();
    probe.close();
    if (free && port % 2 === 0) return port;
  }
}

/** Sends frames at 30 a second until a condition holds. */
async function sendUntil(
  transport: Transport,
  frames: Uint8Array[],
  done: () => boolean,
  gap = 33,
): Promise<number> {
  let sent = 0;
  while (!done()) {
    const data = Uint8Array.from(frames[sent % frames.length]!);
    transport.send({ stream: 'media', data, capturedAt: systemClock.now() });
    sent += 1;
    await new Promise((resolve) => setTimeout(resolve, gap));
  }
  return sent;
}

async function sender(format: PayloadFormat, port: number): Promise<Transport> {
  const transport = await openTransport({ channels: { media: { host, port: 0 } } });
  open.push(transport);
  transport.addOutgoing({ id: 'media', channel: 'media', ssrc: 0x51, formats: [format] });
  transport.addDestination({ id: 'far', addresses: { media: { address: host, port } }, repair: false });
  return transport;
}

const sdp = (port: number, media: string, format: PayloadFormat, map: string) =>
  [
    'v=0',
    `o=- 0 0 IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    `m=${media} ${port} RTP/AVP ${format.payloadType}`,
    map,
    '',
  ].join('\r\n');

describeWith(['ffmpeg'], 'ffmpeg', () => {
  // Only 4:2:0: ffmpeg 5.1 writes 4:2:2 with factors that RFC 2435 does not have, and its own sender refuses it.
  it('sends JPEG to us: every frame is rebuilt and decodes', async () => {
    const transport = await receiver(jpeg);
    const came = collect(transport, 30);
    const source = [
      '-re',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=640x480:rate=30',
      '-t',
      '2',
      '-pix_fmt',
      'yuvj420p',
    ];
    const codec = ['-c:v', 'mjpeg', '-huffman', 'default', '-q:v', '4', '-f', 'rtp', '-payload_type', '26'];
    start('ffmpeg', [
      '-v',
      'error',
      ...source,
      ...codec,
      `rtp://${host}:${transport.ports['media']}?localrtpport=0`,
    ]);
    const frames = await came;
    const { warnings, frames: decoded } = decode(frames.map(({ data }) => data));
    expect({ warnings, decoded }).toEqual({ warnings: '', decoded: 30 });
    expect(parseJpeg(frames[0]!.data)).toMatchObject({
      type: 1,
      width: 640,
      height: 480,
    });
    expect(frames[29]!.timestamp - frames[0]!.timestamp).toBe(29 * 3000);
    const statistics = await transport.statistics();
    expect(statistics).toMatchObject({ incoming: [{ givenUp: 0, lost: 0 }], drops: {} });
  });

  it('sends L16 to us', async () => {
    const transport = await receiver(l16);
    const came = collect(transport, 50);
    const source = ['-re', '-f', 'lavfi', '-i', 'sine=frequency=441:sample_rate=44100', '-t', '3'];
    start('ffmpeg', [
      '-v',
      'error',
      ...source,
      '-c:a',
      'pcm_s16be',
      '-f',
      'rtp',
      '-payload_type',
      '11',
      `rtp://${host}:${transport.ports['media']}`,
    ]);
    const frames = await came;
    const all = Buffer.concat(frames.map(({ data }) => data));
    for (const [index, frame] of frames.entries()) {
      if (index > 0)
        expect(frame.timestamp - frames[index - 1]!.timestamp).toBe(frames[index - 1]!.data.length / 2);
    }
    // A sine of 441 Hz repeats every 100 samples.
    let difference = 0;
    for (let at = 0; at + 202 < all.length; at += 2)
      difference += Math.abs(all.readInt16BE(at) - all.readInt16BE(at + 200));
    expect(difference / (all.length / 2)).toBeLessThan(3);
  });

  it('receives 4:2:0 JPEG from us, without a warning', async () => {
    await ffmpegReceives(moving(30, '640x480'));
  });
});

/** Sends JPEG files to ffmpeg until it has 30 of them, and asks for the same frames back and no complaint. */
async function ffmpegReceives(files: Uint8Array[]): Promise<void> {
  const port = await freePorts();
  writeFileSync(join(folder, 'in.sdp'), sdp(port, 'video', jpeg, 'a=rtpmap:26 JPEG/90000'));
  const input = [
    '-protocol_whitelist',
    'file,udp,rtp',
    '-analyzeduration',
    '500000',
    '-i',
    join(folder, 'in.sdp'),
  ];
  const { child, stderr } = start('ffmpeg', [
    '-v',
    'repeat+warning',
    ...input,
    '-frames:v',
    '30',
    '-c',
    'copy',
    '-f',
    'mjpeg',
    join(folder, 'out.mjpeg'),
  ]);
  const transport = await sender(jpeg, port);
  await sendUntil(transport, files, () => child.exitCode !== null);
  const { warnings, frames } = decode([new Uint8Array(readFileSync(join(folder, 'out.mjpeg')))]);
  expect({ warnings, frames }).toEqual({ warnings: '', frames: 30 });
  const complaints = stderr()
    .split('\n')
    .filter((line) => /RTP|rtp|jpeg|JPEG|quantization|missed|drop/.test(line));
  expect(complaints).toEqual([]);
}

describeWith(['ffmpeg', 'gstreamer'], 'GStreamer', () => {
  it.each([
    ['4:2:0', 'I420', 1],
    ['4:2:2', 'Y42B', 0],
  ])('sends %s JPEG to us: every frame is rebuilt and decodes', async (_, format, type) => {
    const transport = await receiver(jpeg);
    const came = collect(transport, 30);
    const pipeline = `videotestsrc is-live=true num-buffers=90 ! video/x-raw,format=${format},width=640,height=480,framerate=30/1 ! jpegenc quality=80 ! rtpjpegpay mtu=1200 ! udpsink host=${host} port=${transport.ports['media']}`;
    start('gst-launch-1.0', ['-q', ...pipeline.split(' ')]);
    const frames = await came;
    const { warnings, frames: decoded } = decode(frames.map(({ data }) => data));
    expect({ warnings, decoded }).toEqual({ warnings: '', decoded: 30 });
    expect(parseJpeg(frames[0]!.data)).toMatchObject({ type, width: 640, height: 480 });
    expect(await transport.statistics()).toMatchObject({ incoming: [{ givenUp: 0, lost: 0 }], drops: {} });
  });

  it('makes 4:2:2 JPEG that ffmpeg receives from us, without a warning', async () => {
    const location = join(folder, 'y42b-%03d.jpg');
    const pipeline = `videotestsrc pattern=ball num-buffers=30 ! video/x-raw,format=Y42B,width=640,height=480 ! jpegenc ! multifilesink location=${location}`;
    spawnSync('gst-launch-1.0', ['-q', ...pipeline.split(' ')]);
    const names = readdirSync(folder).filter((name) => name.startsWith('y42b-'));
    const files = names.sort().map((name) => new Uint8Array(readFileSync(join(folder, name))));
    expect(parseJpeg(files[0]!)).toMatchObject({ type: 0 });
    await ffmpegReceives(files);
  });

  it('sends L16 to us', async () => {
    const transport = await receiver(l16);
    const came = collect(transport, 50);
    const pipeline = `audiotestsrc is-live=true samplesperbuffer=441 num-buffers=200 ! audio/x-raw,format=S16BE,rate=44100,channels=1 ! rtpL16pay pt=11 ! udpsink host=${host} port=${transport.ports['media']}`;
    start('gst-launch-1.0', ['-q', ...pipeline.split(' ')]);
    const frames = await came;
    expect(frames.every(({ data }) => data.length === 882)).toBe(true);
    expect(await transport.statistics()).toMatchObject({ incoming: [{ lost: 0 }], drops: {} });
  });

  it('receives JPEG from us, and decodes every frame', async () => {
    const files = moving(30, '640x480');
    const port = await freePorts();
    const caps = 'application/x-rtp,media=video,encoding-name=JPEG,payload=26,clock-rate=90000';
    const pipeline = `udpsrc address=${host} port=${port} caps=${caps} ! rtpjpegdepay ! jpegdec ! videoconvert ! jpegenc ! multifilesink location=${join(folder, 'gst-%03d.jpg')}`;
    const { stderr } = start('gst-launch-1.0', ['-q', ...pipeline.split(' ')]);
    const transport = await sender(jpeg, port);
    const written = () => readdirSync(folder).filter((name) => name.startsWith('gst-')).length;
    await sendUntil(transport, files, () => written() >= 40);
    expect(stderr()).toBe('');
  });
});
