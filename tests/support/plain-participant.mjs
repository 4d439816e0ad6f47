// One end of a call without encryption: plain-participant.mjs NAME ADDRESS sends|receives. Both have media on 5001 (video) and
// 5002 (audio); who sends waits at 5000 for the other. Each writes "hello from NAME" over the control stream, and says goodbye
// at the first SIGINT. What is sent is what a call sends: test picture and tone, with reports and repair.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createJpegCodec, toBigEndian } from '@hellohaybye/codec';
import { openAudio, openVideo } from '@hellohaybye/capture';
import { openTransport } from '@hellohaybye/transport/node';

const [name, address, what] = process.argv.slice(2);
const ports = { video: 5001, audio: 5002 };
const formats = {
  video: [{ format: 'jpeg', payloadType: 26, clockRate: 90_000 }],
  audio: [{ format: 'l16', payloadType: 11, clockRate: 44_100, channels: 1 }],
};
const streams = Object.keys(ports).map((id, at) => ({
  id,
  channel: id,
  ssrc: 77 + at,
  formats: formats[id],
}));

const channels = {
  video: { host: '0.0.0.0', port: ports.video },
  audio: { host: '0.0.0.0', port: ports.audio },
};
const transport = await openTransport({ channels, cname: `${name}@plain.example` });
const addresses = Object.fromEntries(streams.map(({ id }) => [id, { address, port: ports[id] }]));
const socket = what === 'sends' ? await met() : connect(5000, address);
socket.write(String(transport.controlSsrc));
const [theirs] = await once(socket, 'data');
transport.on('control', ({ data }) => console.log(`heard ${Buffer.from(data).toString()}`));
process.once('SIGINT', () => void transport.close().then(() => process.exit(0)));
transport.addDestination({ id: 'other', addresses, control: { channel: 'video', ssrc: Number(theirs) } });
// Line by line, so that there are enough packets of them to be told from chance.
let lines = 0;
const say = () => lines++ < 12 && transport.sendControl('other', Buffer.from(`hello from ${name}`));
transport.on('event', ({ type }) => type === 'control-taken' && say());
say();
if (what === 'sends') await send();
else receive();

async function met() {
  const server = createServer().listen(5000);
  server.once('listening', () => console.log('waiting'));
  const [other] = await once(server, 'connection');
  server.close();
  return other;
}

function receive() {
  let pictures = 0;
  for (const stream of streams) transport.addIncoming({ peer: 'other', ...stream });
  transport.on('frame', ({ stream }) => stream === 'video' && console.log(`picture ${++pictures}`));
}

async function send() {
  streams.forEach((stream) => transport.addOutgoing(stream));
  const video = await openVideo('test', { width: 320, height: 240, fps: 30 });
  const audio = await openAudio('tone', { sampleRate: 44_100, channels: 1, chunkSamples: 441 });
  const codec = createJpegCodec();
  void (async () => {
    for await (const { samples, capturedAt } of audio)
      transport.send({ stream: 'audio', data: toBigEndian(samples), capturedAt });
  })();
  for await (const frame of video) {
    const data = frame.kind === 'jpeg' ? frame.data : await codec.encode(frame, { quality: 70 });
    transport.send({ stream: 'video', data, capturedAt: frame.capturedAt });
  }
}
