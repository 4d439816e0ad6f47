// One end of a subject, in a process of its own: peer.mjs receive|send SETTINGS. It does what it is told over IPC;
// CPU is counted only between a run's first frame and its last, so starting up and warming up is not in it. The
// first eight bytes of a frame are the instant it was ready.
import { systemClock } from '@hellohaybye/core/node';
import { noise, round } from '../lib.mjs';

const [role, json] = process.argv.slice(2);
const settings = JSON.parse(json);
const subject = await import(`./subjects/${settings.module}.mjs`);
const end = await { receive, send }[role]();
process.on('message', async ({ what, ...how }) => {
  try {
    process.send((await end[what](how)) ?? {});
  } catch (error) {
    process.send({ error: `${settings.module}: ${error?.stack ?? error}` });
  }
});
process.send({ at: end.at });

async function receive() {
  let latencies = [];
  let before = process.cpuUsage();
  let lostBefore = 0;
  let [firstAt, lastAt] = [0, 0];
  const receiver = await subject.receive(settings, (frame) => {
    const ready = new DataView(frame.buffer, frame.byteOffset).getFloat64(0);
    const now = systemClock.now();
    if (latencies.length === 0) firstAt = now;
    lastAt = now;
    latencies.push((now - ready) / 1000);
  });
  return {
    at: receiver.at,
    answered: ({ answer }) => receiver.answered(answer),
    async begin({ bytes }) {
      receiver.expect?.(bytes);
      lostBefore = (await receiver.lost?.()) ?? 0;
      latencies = [];
      before = process.cpuUsage();
    },
    /** What came whole, how long that took, and how many packets were lost; 0 where nobody counts them. */
    got: async () => ({
      frames: latencies.length,
      seconds: (lastAt - firstAt) / 1e6,
      lost: ((await receiver.lost?.()) ?? 0) - lostBefore,
    }),
    end: () => ({ cpuS: cpuSince(before), latencies: latencies.map((value) => round(value, 4)) }),
    drops: () => receiver.drops(),
    close: () => leave(receiver),
  };
}

async function send() {
  const sender = await subject.send(settings);
  const frames = new Map();
  const one = (bytes) => {
    if (!frames.has(bytes)) frames.set(bytes, noise(bytes));
    const frame = frames.get(bytes).slice();
    const now = systemClock.now();
    new DataView(frame.buffer).setFloat64(0, now);
    return sender.send(frame, now);
  };
  return {
    at: sender.answer,
    /** Frames one after the other, `fps` of them a second. */
    async run({ frames: count, fps, bytes }) {
      const before = process.cpuUsage();
      const start = performance.now();
      for (let index = 0; index < count; index++) {
        await until(start + (index * 1000) / fps);
        one(bytes);
      }
      await until(performance.now() + 40); // the last one is on its way
      return { cpuS: cpuSince(before) };
    },
    /** The same without a timer's tick between: evenly spaced, at any rate. Who is behind does not send bursts. */
    async flood({ fps, seconds, bytes }) {
      const start = performance.now();
      let sent = 0;
      for (let now = start; now < start + seconds * 1000; now = performance.now()) {
        if (sent < ((now - start) * fps) / 1000) {
          await one(bytes);
          sent += 1;
        }
        await new Promise(setImmediate);
      }
      return { sent };
    },
    close: () => leave(sender),
  };
}

/** Not every library lets its process end by itself. */
async function leave(socket) {
  await socket.close();
  process.exit();
}

function cpuSince(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function until(at) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, at - performance.now())));
}
