// One end of a cell on real sockets: `receive DEADLINE` or `send PORT`. It is told what to do over IPC; the first
// four bytes of a frame are its number.
import { once } from 'node:events';
import { systemClock } from '@hellohaybye/core/node';
import { openTransport } from '@hellohaybye/transport/node';
import { media } from './media.mjs';

const { interval, bytes, stream: base } = media.video;
const stream = { ...base, channel: 'media' };
const host = '127.0.0.1';
const [role, argument] = process.argv.slice(2);
const transport = await openTransport({ channels: { media: { host, port: 0 } } });
await { receive, send }[role]();
await transport.close();
process.disconnect();

async function receive() {
  const arrived = [];
  transport.on('frame', ({ data }) => arrived.push([numberOf(data), systemClock.now()]));
  process.send({ port: transport.ports.media });
  const [{ to }] = await once(process, 'message');
  // Known to be a listener before the first frame comes.
  transport.addDestination({ id: 'sender', addresses: { media: { address: host, port: Number(to) } } });
  transport.addIncoming({ peer: 'sender', ...stream, deadline: Number(argument) * 1000 });
  await once(process, 'message');
  process.send({ arrived });
}

async function send() {
  transport.addDestination({
    id: 'receiver',
    addresses: { media: { address: host, port: Number(argument) } },
  });
  transport.addOutgoing(stream);
  process.send({});
  const [{ length, phase }] = await once(process, 'message');
  const every = interval / 1000;
  const start = performance.now() + phase * every;
  const ready = [];
  while (ready.length < Math.floor((length * 1000) / every)) {
    await until(start + ready.length * every);
    const data = new Uint8Array(bytes);
    new DataView(data.buffer).setUint32(0, ready.length);
    const now = systemClock.now();
    ready.push(now);
    transport.send({ stream: stream.id, data, capturedAt: now });
  }
  await until(performance.now() + 300); // the last answers are on their way
  const { outgoing } = await transport.statistics();
  process.send({ ready, packets: outgoing[0].packets, bytes: outgoing[0].bytes });
}

function numberOf(data) {
  return new DataView(data.buffer, data.byteOffset).getUint32(0);
}

function until(at) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, at - performance.now())));
}
