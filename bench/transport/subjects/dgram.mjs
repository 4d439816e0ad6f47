// Raw Node, as one would write it for speed: as many packets as ours makes, a connected socket, no callbacks, and
// as much receive buffer as ours asks for. No sequence numbers, no reports; a packet that is missing or out of order
// spoils its frame.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** What ours has room for, less its headers. */
const payload = 1160;

export async function receive({ streams = 1, listeners = 1, strangers }, whole) {
  const sockets = await Promise.all(
    Array.from({ length: streams * listeners }, () => listen(whole, strangers)),
  );
  return {
    at: sockets.map(({ socket }) => socket.address().port),
    expect: (length) => sockets.forEach(({ expect }) => expect(length)),
    drops: () => ({ 'no-offset': sockets.reduce((sum, { dropped }) => sum + dropped(), 0) }),
    close: () => sockets.forEach(({ socket }) => socket.close()),
  };
}

/** @param strangers whether packets come that are none of the frame's: those do not begin with an offset within it */
async function listen(whole, strangers = false) {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
  let frame = new Uint8Array(0);
  let got = 0;
  let dropped = 0;
  socket.on('message', (packet) => {
    if (strangers && packet[0] !== 0) return void (dropped += 1);
    frame.set(packet.subarray(4), packet.readUInt32BE(0));
    got += packet.length - 4;
    if (got < frame.length) return;
    whole(frame);
    frame = new Uint8Array(frame.length);
    got = 0;
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const expect = (length) => {
    frame = new Uint8Array(length);
    got = 0;
  };
  return { socket, expect, dropped: () => dropped };
}

export async function send({ at, listeners = 1 }) {
  const sockets = await Promise.all(at.map(connect));
  return {
    send(data) {
      // To listeners the same packets, to streams each its own.
      if (listeners > 1) sendTo(sockets, data);
      else for (const socket of sockets) sendTo([socket], data);
    },
    close: () => sockets.forEach((socket) => socket.close()),
  };
}

function sendTo(sockets, data) {
  for (let start = 0; start < data.length; start += payload) {
    const packet = Buffer.allocUnsafe(4 + Math.min(payload, data.length - start));
    packet.writeUInt32BE(start, 0);
    packet.set(data.subarray(start, start + payload), 4);
    for (const socket of sockets) socket.send(packet);
  }
}

async function connect(port) {
  const socket = createSocket('udp4');
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}
