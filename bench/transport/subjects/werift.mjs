// werift's RTP classes over dgram, without SRTP: a frame is the packets up to one with the marker.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { importPeer } from '../subjects.mjs';

const { RtpHeader, RtpPacket } = await importPeer('werift');
const payload = 1164;

export async function receive(_, whole) {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
  let parts = [];
  let next = -1;
  socket.on('message', (datagram) => {
    const { header, payload: part } = RtpPacket.deSerialize(datagram);
    if (header.sequenceNumber !== next) parts = [];
    next = (header.sequenceNumber + 1) & 0xffff;
    parts.push(part);
    if (!header.marker) return;
    whole(Buffer.concat(parts));
    parts = [];
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { at: socket.address().port, close: () => socket.close() };
}

export async function send({ at }) {
  const socket = createSocket('udp4');
  socket.connect(at, '127.0.0.1');
  await once(socket, 'connect');
  let sequenceNumber = 0;
  return {
    send(data, capturedAt) {
      const frame = Buffer.from(data.buffer);
      const timestamp = Math.floor(capturedAt * 0.09) >>> 0;
      for (let start = 0; start < frame.length; start += payload) {
        const marker = start + payload >= frame.length;
        const header = new RtpHeader({ payloadType: 96, sequenceNumber, timestamp, ssrc: 1, marker });
        sequenceNumber = (sequenceNumber + 1) & 0xffff;
        socket.send(new RtpPacket(header, frame.subarray(start, start + payload)).serialize());
      }
    },
    close: () => socket.close(),
  };
}
