import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { emptyFolder } from '../support/cli.js';
import { interrupted, mediaPorts, rtpReceive, rtpSend } from '../support/plain-rtp.js';
import { freeMediaPorts } from '../support/ports.js';

// Programs that know nothing of our repair must not meet it, whatever they lose.

const host = '127.0.0.1';
const sockets: Socket[] = [];
afterEach(() => sockets.splice(0).forEach((socket) => socket.close()));

/** Opens a port; each datagram that comes there is remembered. */
async function open(port: number): Promise<{ socket: Socket; came: Buffer[] }> {
  const socket = createSocket('udp4');
  const came: Buffer[] = [];
  socket.on('message', (data) => came.push(data));
  socket.bind(port, host);
  await once(socket, 'listening');
  sockets.push(socket);
  return { socket, came };
}

it('`rtp send` sends what its SDP describes and standard reports, also to who reports losses', async () => {
  const first = await freeMediaPorts();
  const [video, videoReports, audio, audioReports] = await Promise.all(mediaPorts(first).map(open));
  const small = ['--video', 'test', '--size', '320x240', '--audio', 'tone'];
  const sender = rtpSend(first, join(emptyFolder(), 'plain.sdp'), ...small, '--duration', '3');
  // Half of all was lost, says the receiver of the video to each report.
  videoReports!.socket.on('message', (report, from) => {
    videoReports!.socket.send(receiverReport(report.readUInt32BE(4), 128), from.port, host);
  });
  expect(await sender.exited, sender.stderr).toMatchObject({ code: 0 });
  const { sent } = sender.json as { sent: { stream: string; packets: number }[] };
  const counts = Object.fromEntries(sent.map(({ stream, packets }) => [stream, packets]));
  expect([video!.came.length, audio!.came.length]).toEqual([counts['video'], counts['audio']]);
  expect(distinct(video!.came.map((packet) => packet[1]! & 0x7f))).toEqual([26]);
  expect(distinct(audio!.came.map((packet) => packet[1]! & 0x7f))).toEqual([11]);
  const reports = [...videoReports!.came, ...audioReports!.came];
  expect(reports.length).toBeGreaterThanOrEqual(2);
  for (const type of reports.flatMap(packetTypes)) expect([200, 201, 202, 203, 207]).toContain(type);
});

it('`rtp receive` asks a program for nothing that it does not know, whatever is missing', async () => {
  const first = await freeMediaPorts();
  const sdp = join(emptyFolder(), 'plain.sdp');
  const lines = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  writeFileSync(sdp, [...lines, `m=audio ${first} RTP/AVP 11`, ''].join('\r\n'));
  const receiver = await rtpReceive(sdp);
  const sender = await open(0);
  const send = promisify((number: number, done: () => void) =>
    sender.socket.send(l16Packet(number), first, host, done),
  );
  for (let number = 0; number < 300; number++) if (number % 3 !== 1) await send(number);
  await receiver.printed(/sender: .* loss (?!0\.0)/);
  const { audio } = await interrupted(receiver);
  expect(audio).toMatchObject({ packets: 200, lost: 100, repaired: { parity: 0, request: 0 } });
  expect(sender.came).toEqual([]);
});

const distinct = (numbers: number[]): number[] => [...new Set(numbers)];

/** The types of the packets in a compound one (RFC 3550, section 6.1). */
function packetTypes(compound: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at < compound.length; at += 4 + 4 * compound.readUInt16BE(at + 2))
    types.push(compound[at + 1]!);
  return types;
}

/** A receiver report with one block (RFC 3550, section 6.4.2). @param fractionLost of 256 */
function receiverReport(ssrc: number, fractionLost: number): Buffer {
  const report = Buffer.alloc(32);
  report.writeUInt32BE(0x81c9_0007, 0);
  report.writeUInt32BE(1, 4);
  report.writeUInt32BE(ssrc, 8);
  report.writeUInt32BE(fractionLost * 2 ** 24 + 100, 12);
  return report;
}

/** 10 ms of silence. */
function l16Packet(number: number): Buffer {
  const packet = Buffer.alloc(12 + 882);
  packet.writeUInt16BE(0x800b, 0);
  packet.writeUInt16BE(number, 2);
  packet.writeUInt32BE(number * 441, 4);
  packet.writeUInt32BE(7, 8);
  return packet;
}
