// A signaling server and two clients in one process: they enter a room and see each other.
import { chooseAddress } from '@hellohaybye/signaling';
import { connectSignaling, localCandidates } from '@hellohaybye/signaling/client';
import { startSignalingServer } from '@hellohaybye/signaling/server';

const server = await startSignalingServer({ host: '127.0.0.1', port: 0 });

const media = (port) => ({
  candidates: localCandidates(),
  ports: { audio: port },
  streams: [
    {
      id: 'audio',
      channel: 'audio',
      ssrc: port,
      formats: [{ payloadType: 11, format: 'l16', clockRate: 44100, channels: 1 }],
    },
  ],
});

const anna = await connectSignaling({ url: server.url, name: 'anna' });
const { self } = await anna.join('lobby', media(5002));
const arrival = new Promise((resolve) => anna.once('joined', resolve));

const ben = await connectSignaling({ url: server.url, name: 'ben' });
const { participants } = await ben.join('lobby', media(6002));
console.log(`ben sees ${participants.map(({ name }) => name).join(', ')}`);

const theirs = await arrival;
const address = chooseAddress({ mine: self, theirs, myInterfaces: localCandidates() });
console.log(`anna sees ${theirs.name} and sends audio to ${address} port ${theirs.media.ports.audio}`);

await anna.close();
await ben.close();
await server.close();
