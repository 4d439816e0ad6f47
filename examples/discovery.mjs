// A signaling server that is announced on this machine's loopback, and found there without a word of where it is.
import { announceServer, findServers, watchServers } from '@hellohaybye/signaling/discovery';
import { startSignalingServer } from '@hellohaybye/signaling/server';

// Leave `here` out to use all networks of this machine.
const here = { address: '127.0.0.1' };

const server = await startSignalingServer({ host: '127.0.0.1', port: 0 });
const announcement = announceServer({
  port: server.port,
  host: '127.0.0.1',
  announceName: 'Example',
  ...here,
});
const { id } = announcement.description;

const watch = watchServers(here);
const lost = new Promise((resolve) => watch.on('lost', (gone) => gone.id === id && resolve()));

const found = await findServers({ timeoutMs: 5000, gatherMs: 200, ...here });
const ours = found.find((candidate) => candidate.id === id);
console.log(`found ${ours.name} at ${ours.url}`);

await announcement.close();
await lost;
console.log('it said goodbye');

await watch.close();
await server.close();
