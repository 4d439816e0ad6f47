// A message of 1 MB from one process to another, over UDP on this machine.
// Run it with: node examples/transport.mjs
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { fragment, Reassembler } from '@hellohaybye/transport';
import { openTransport } from '@hellohaybye/transport/node';

const formats = [{ format: 'generic', payloadType: 96, clockRate: 90_000 }];
const digest = (data) => createHash('sha256').update(data).digest('hex').slice(0, 16);

if (process.argv[2] === 'receive') await receive();
else {
  splitAndJoin();
  await send();
}

// Without a network: split a message, lose the order, join it again.
function splitAndJoin() {
  const message = new TextEncoder().encode('hello '.repeat(1000));
  const datagrams = fragment(message, { mtu: 1200 });
  const reassembler = new Reassembler();
  const joined = datagrams.reverse().map((datagram) => reassembler.push(datagram));
  console.log(`${datagrams.length} datagrams joined to ${joined.at(-1).length} bytes`);
}

async function send() {
  const receiver = fork(fileURLToPath(import.meta.url), ['receive']);
  const { port } = await new Promise((resolve) => receiver.once('message', resolve));
  const transport = await openTransport({ channels: { data: { host: '127.0.0.1', port: 0 } } });
  transport.addOutgoing({ id: 'files', channel: 'data', ssrc: 0x1234abcd, formats });
  transport.addDestination({ id: 'receiver', addresses: { data: { address: '127.0.0.1', port } } });
  const message = new Uint8Array(1_000_000).map((_, index) => (index * 7919) >> 3);
  console.log(`sending ${message.length} bytes, ${digest(message)}`);
  transport.send({ stream: 'files', data: message, capturedAt: Date.now() * 1000 });
  const code = await new Promise((resolve) => receiver.once('exit', resolve));
  await transport.close();
  process.exitCode = code;
}

async function receive() {
  const transport = await openTransport({ channels: { data: { host: '127.0.0.1', port: 0 } } });
  transport.addIncoming({
    peer: 'sender',
    id: 'files',
    channel: 'data',
    ssrc: 0x1234abcd,
    formats,
    deadline: 2_000_000,
  });
  const overdue = setTimeout(() => {
    console.error('the message did not come');
    process.exit(1);
  }, 5_000);
  transport.on('frame', async ({ peer, data }) => {
    console.log(`received ${data.length} bytes from ${peer}, ${digest(data)}`);
    clearTimeout(overdue);
    await transport.close();
    process.disconnect();
  });
  process.send({ port: transport.ports.data });
}
