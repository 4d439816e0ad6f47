// One end of the loopback benchmark: receive SUBJECT BYTES, or send SUBJECT BYTES PORT FRAMES FPS. The first
// eight bytes of a frame are the instant it was ready.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { systemClock } from '@hellohaybye/core/node';
import { openTransport } from '@hellohaybye/transport/node';
import { noise } from './lib.mjs';

const [role, subject, size, port, count, fps] = process.argv.slice(2);
const bytes = Number(size);
const stream = {
  id: 'video',
  channel: 'media',
  ssrc: 1,
  formats: [{ format: 'generic', payloadType: 96, clockRate: 90_000 }],
};
const payload = 1200 - 24;

await { receive, send }[role]();

async function receive() {
  const latencies = [];
  const whole = (frame) => {
    const ready = new DataView(frame.buffer, frame.byteOffset).getFloat64(0);
    latencies.push((systemClock.now() - ready) / 1000);
  };
  const { port, close } = await (subject === 'dgram' ? receiveDgram(whole) : receiveOurs(whole));
  const before = process.cpuUsage();
  process.send({ port });
  await once(process, 'message');
  process.send({ latencies, cpuS: cpuSince(before) });
  await close();
  process.disconnect();
}

async function send() {
  const frame = noise(bytes);
  const sender = await (subject === 'dgram' ? sendDgram() : sendOurs());
  const before = process.cpuUsage();
  const start = performance.now();
  for (let index = 0; index < Number(count); index++) {
    await until(start + (index * 1000) / Number(fps));
    const copy = frame.slice();
    const now = systemClock.now();
    new DataView(copy.buffer).setFloat64(0, now);
    sender.send(copy, now);
  }
  await until(performance.now() + 200); // the last packets are on their way
  process.send({ cpuS: cpuSince(before) });
  await sender.close();
  process.disconnect();
}

async function receiveOurs(whole) {
  const transport = await openOurs();
  transport.addIncoming({ peer: 'sender', ...stream });
  transport.on('frame', ({ data }) => whole(data));
  return { port: transport.ports.media, close: () => transport.close() };
}

async function sendOurs() {
  const transport = await openOurs();
  transport.addOutgoing(stream);
  transport.addDestination({
    id: 'receiver',
    addresses: { media: { address: '127.0.0.1', port: Number(port) } },
  });
  return {
    send: (data, capturedAt) => transport.send({ stream: 'video', data, capturedAt }),
    close: () => transport.close(),
  };
}

function openOurs() {
  return openTransport({ channels: { media: { host: '127.0.0.1', port: 0 } }, worker: subject === 'ours' });
}

async function receiveDgram(whole) {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
  let frame = new Uint8Array(bytes);
  let got = 0;
  socket.on('message', (packet) => {
    frame.set(packet.subarray(4), packet.readUInt32BE(0));
    got += packet.length - 4;
    if (got < bytes) return;
    whole(frame);
    frame = new Uint8Array(bytes);
    got = 0;
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { port: socket.address().port, close: () => socket.close() };
}

async function sendDgram() {
  const socket = createSocket('udp4');
  socket.connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  return {
    send(data) {
      for (let at = 0; at < data.length; at += payload) {
        const packet = Buffer.allocUnsafe(4 + Math.min(payload, data.length - at));
        packet.writeUInt32BE(at, 0);
        packet.set(data.subarray(at, at + payload), 4);
        socket.send(packet);
      }
    },
    close: () => socket.close(),
  };
}

function cpuSince(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function until(at) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, at - performance.now())));
}
