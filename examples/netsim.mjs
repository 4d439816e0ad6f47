// A bad network, made to order: first in virtual time, then between real sockets.
// Run it with: node examples/netsim.mjs
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  presets,
  seededRandom,
  simulatePair,
  SimulatedNetwork,
  VirtualClock,
} from '@hellohaybye/transport/netsim';
import { openRelay } from '@hellohaybye/transport/netsim/node';

callInVirtualTime();
ownCodeInVirtualTime();
await throughTheRelay();

// A minute of a call over bad Wi-Fi, in a second or so. The same seed gives the same minute.
function callInVirtualTime() {
  let whole = 0;
  const { call, left } = simulatePair({
    seed: 7,
    there: presets['wifi-bad'],
    right: { onFrame: () => (whole += 1) },
  });
  const data = new Uint8Array(40_000);
  left.sendEvery(33_333, 1800, () => ({ stream: 'video', data }));
  call.run(61_000_000);
  console.log(`1800 frames sent over wifi-bad, ${whole} came whole`);
}

// Code of your own: it asks until it is answered. Nothing in it sleeps, so an hour would pass as fast.
function ownCodeInVirtualTime() {
  const clock = new VirtualClock();
  const network = new SimulatedNetwork({ clock, random: seededRandom(7) });
  network.connect('10.0.0.1', '10.0.0.2', { delay: 20_000, loss: 0.5 });
  const [client, server] = [
    { address: '10.0.0.1', port: 1000 },
    { address: '10.0.0.2', port: 2000 },
  ];
  let [asked, answeredAt] = [0, undefined];
  const begun = clock.now();
  network.addHost(client.address, (_, now) => (answeredAt ??= now));
  network.addHost(server.address, ({ from, to, data }) => network.send(to, from, data));
  const ask = () => {
    if (answeredAt !== undefined) return;
    asked += 1;
    network.send(client, server, Uint8Array.of(asked));
    clock.schedule(clock.now() + 100_000, ask);
  };
  ask();
  clock.advance(60_000_000);
  console.log(`asked ${asked} times, answered after ${(answeredAt - begun) / 1000} ms`);
}

// Any program that speaks UDP: here one that answers what it is asked.
async function throughTheRelay() {
  const server = createSocket('udp4').on('message', (data, { port }) => server.send(data, port, '127.0.0.1'));
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const relay = await openRelay({
    listen: { port: 0 },
    to: { address: '127.0.0.1', port: server.address().port },
    up: { delay: 5_000, loss: 0.2 },
    down: { delay: 5_000 },
    seed: 7,
  });
  const client = createSocket('udp4');
  let answered = 0;
  client.on('message', () => (answered += 1));
  for (let number = 0; number < 50; number += 1) client.send(`question ${number}`, relay.port, '127.0.0.1');
  while (relay.statistics.up.packets < 50 || answered < relay.statistics.up.delivered) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  console.log(`${answered} of 50 questions answered through the relay`, relay.statistics.up.lost);
  await relay.close();
  client.close();
  server.close();
}
