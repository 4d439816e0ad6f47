// ffmpeg and GStreamer: JPEG frames through a pipe into one program, as RTP to another, and out of its pipe. Latency
// is from the write to the last byte read, CPU that of the two programs (Linux tells it to the microsecond).
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jpegsOf } from './jpegs.mjs';

const host = '127.0.0.1';

const programs = {
  ffmpeg: {
    command: 'ffmpeg',
    send: (port) =>
      `-v error -fflags nobuffer -flags low_delay -probesize 32 -analyzeduration 0 -use_wallclock_as_timestamps 1
       -f mpjpeg -i pipe:0 -c copy -flush_packets 1 -f rtp -payload_type 26 rtp://${host}:${port}?pkt_size=1200`,
    receive: (port, folder) => {
      const sdp = `v=0\no=- 0 0 IN IP4 ${host}\ns=bench\nc=IN IP4 ${host}\nt=0 0\nm=video ${port} RTP/AVP 26\n`;
      writeFileSync(join(folder, 'in.sdp'), sdp);
      return `-v error -fflags nobuffer -flags low_delay -probesize 32 -analyzeduration 0 -reorder_queue_size 0
              -buffer_size 4194304 -protocol_whitelist file,udp,rtp -i ${join(folder, 'in.sdp')}
              -c copy -flush_packets 1 -f mjpeg pipe:1`;
    },
  },
  gstreamer: {
    command: 'gst-launch-1.0',
    send: (port) =>
      `-q fdsrc fd=0 blocksize=262144 ! multipartdemux boundary=f ! image/jpeg,width=640,height=480,framerate=0/1 ! rtpjpegpay mtu=1200 ! udpsink host=${host} port=${port} sync=false`,
    receive: (port) =>
      `-q udpsrc address=${host} port=${port} buffer-size=4194304
       caps=application/x-rtp,media=video,clock-rate=90000,encoding-name=JPEG,payload=26
       ! rtpjpegdepay ! fdsink fd=1 sync=false`,
  },
};

/** Starts both programs; undefined when no frame comes through. */
export async function openProgram(name) {
  const { command, send, receive } = programs[name];
  const folder = mkdtempSync(join(tmpdir(), 'hellohaybye-bench-'));
  const port = await freePort();
  const start = (args, stdio) => spawn(command, args.split(/\s+/), { stdio });
  const receiver = start(receive(port, folder), ['ignore', 'pipe', 'ignore']);
  const sender = start(send(port), ['pipe', 'ignore', 'ignore']);
  sender.stdin.on('error', () => undefined);
  const sentAt = new Map();
  const [spare] = await jpegsOf(10_000);
  let latencies = [];
  readFrames(receiver.stdout, (end) => {
    const at = sentAt.get(end);
    if (at !== undefined) latencies.push(performance.now() - at);
    sentAt.delete(end);
  });
  async function run({ frames, fps, bytes }) {
    const jpegs = await jpegsOf(bytes);
    latencies = [];
    sentAt.clear();
    const before = [cpuOf(sender), cpuOf(receiver)];
    const begin = performance.now();
    for (let index = 0; index < frames; index++) {
      await until(begin + (index * 1000) / fps);
      const jpeg = jpegs[index % jpegs.length];
      sentAt.set(endOf(jpeg), performance.now());
      sender.stdin.write(part(jpeg));
    }
    await until(performance.now() + 40);
    const [sendS, receiveS] = [cpuOf(sender) - before[0], cpuOf(receiver) - before[1]];
    return { latencies, sendS, receiveS };
  }
  // ffmpeg gives up when nothing has come for ten seconds, which is as long as the others' turns may take.
  const alive = setInterval(() => sender.stdin.write(part(spare)), 2000);
  async function close() {
    clearInterval(alive);
    for (const child of [sender, receiver]) {
      if (child.exitCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    rmSync(folder, { recursive: true });
  }
  // Until frames come through: ffmpeg looks at some before it gives any out.
  for (let tries = 0; tries < 10; tries++) {
    const { latencies: came } = await run({ frames: 15, fps: 60, bytes: 40_000 });
    if (came.length > 10) return { run, close };
  }
  await close();
  return undefined;
}

/** A part of a multipart stream says how long it is: nobody need wait for the next one to know where it ends. */
const part = (jpeg) =>
  Buffer.concat([
    Buffer.from(`--f\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`),
    jpeg,
    Buffer.from('\r\n'),
  ]);

/** Calls back with the end of each JPEG in a stream: no two frames in flight have the same. */
function readFrames(stream, whole) {
  let tail = Buffer.alloc(0);
  stream.on('data', (chunk) => {
    // An end of image may lie across two chunks; what identifies the frame stands before it.
    const data = Buffer.concat([tail, chunk]);
    for (let at = data.indexOf(endOfImage, 0); at >= 0; at = data.indexOf(endOfImage, at + 2)) {
      if (at + 2 > tail.length) whole(data.subarray(Math.max(0, at - identifying), at).toString('latin1'));
    }
    tail = Buffer.from(data.subarray(Math.max(0, data.length - identifying - 2)));
  });
}

const endOf = (jpeg) => {
  const at = jpeg.lastIndexOf(endOfImage);
  return jpeg.subarray(at - identifying, at).toString('latin1');
};

/** CPU seconds of all threads of a process; undefined where Linux is not. */
function cpuOf({ pid }) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const nanos = threads.map((id) =>
      Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]),
    );
    return nanos.reduce((sum, value) => sum + value, 0) / 1e9;
  } catch {
    return NaN;
  }
}

/** An even port; the one after it is for RTCP. */
async function freePort() {
  for (;;) {
    const socket = createSocket('udp4');
    const listening = once(socket, 'listening');
    socket.bind(0, host);
    await listening;
    const { port } = socket.address();
    await new Promise((resolve) => socket.close(resolve));
    if (port % 2 === 0) return port;
  }
}

function until(at) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, at - performance.now())));
}

const endOfImage = Buffer.from([0xff, 0xd9]);
const identifying = 16;
