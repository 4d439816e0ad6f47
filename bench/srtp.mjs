// SRTP: protecting frames of packets, and taking protection off packet by packet, in microseconds a packet, beside a
// cipher object for each packet (AES-128-GCM, its key a KeyObject) that does the same work, and werift's SrtpSession
// where it is installed (HHB_BENCH_PEERS, see README.md). All take turns of ten frames in one run. Then what 12 listeners cost the
// protection of a frame. With --quick a tenth of the runs.
import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import { Endpoint, noControl, noRepair, NoPacing, serializeRtp } from '@hellohaybye/transport';
import { Srtp } from '@hellohaybye/transport/protect';
import { seededRandom } from '@hellohaybye/core/testing';
import { noise, result, round, summary } from './lib.mjs';
import { importPeer } from './transport/subjects.mjs';

const turns = process.argv.includes('--quick') ? 12 : 120;
const framesOfATurn = 10;
const packetBytes = 1200;
const packetsOfAFrame = 34;
const profiles = { AES_CM_128_HMAC_SHA1_80: 14, AEAD_AES_128_GCM: 12 };
const key = (id, profile, fill) => ({
  ...{ id, profile },
  ...{ key: noise(16, fill), salt: noise(profiles[profile], fill + 1) },
});
const ssrc = 0x1234_5678;

const subjects = {
  'plain-gcm': plainGcm(),
  ...Object.fromEntries(Object.keys(profiles).map((profile) => [`ours-${profile}`, ours(profile)])),
  ...(await werift()),
};
const micros = Object.fromEntries(Object.keys(subjects).map((name) => [name, { seal: [], open: [] }]));
const ratios = Object.fromEntries(Object.keys(subjects).map((name) => [name, { seal: [], open: [] }]));
let sequenceNumber = 0;
for (let turn = -turns / 3; turn < turns; turn += 1) {
  const frames = Array.from({ length: framesOfATurn }, makeFrame);
  const taken = {};
  for (const [name, { seal, open }] of Object.entries(subjects)) {
    const began = performance.now();
    const sealed = frames.map(seal);
    const between = performance.now();
    const opened = sealed.map((datagrams) => datagrams.map(open));
    const ended = performance.now();
    if (opened.some((frame, at) => frame.some((packet, n) => Buffer.compare(packet, frames[at][n]) !== 0)))
      throw new Error(`${name}: a packet did not come back`);
    taken[name] = { seal: (between - began) * 1000, open: (ended - between) * 1000 };
  }
  // The first quarter is to warm up.
  if (turn < 0) continue;
  for (const [name, { seal, open }] of Object.entries(taken)) {
    micros[name].seal.push(seal / packetsOfAFrame / framesOfATurn);
    micros[name].open.push(open / packetsOfAFrame / framesOfATurn);
    ratios[name].seal.push(taken['plain-gcm'].seal / seal);
    ratios[name].open.push(taken['plain-gcm'].open / open);
  }
}
const median = (values) => round(summary(values).p50, 2);
for (const name of Object.keys(subjects)) {
  result({
    bench: 'srtp',
    node: process.versions.node,
    subject: name,
    packetBytes,
    sealMicros: median(micros[name].seal),
    openMicros: median(micros[name].open),
    sealTimesAsFast: median(ratios[name].seal),
    openTimesAsFast: median(ratios[name].open),
  });
}
for (const profile of Object.keys(profiles)) listeners(profile);

function makeFrame() {
  return Array.from({ length: packetsOfAFrame }, (_, at) => {
    const payload = noise(packetBytes - 12, at + 1);
    return serializeRtp({ payloadType: 96, sequenceNumber: sequenceNumber++, timestamp: 0, ssrc, payload });
  });
}

function ours(profile) {
  const from = new Srtp({ key: key('a', profile, 1) });
  const to = new Srtp({ key: key('b', profile, 3) });
  to.setPeerKeys('a', [key('a', profile, 1)], []);
  return { seal: (frame) => from.protectRtp(frame), open: (datagram) => to.unprotectRtp(datagram) };
}

/** Header in the clear, payload, tag: what one writes with node:crypto. */
function plainGcm() {
  const secret = createSecretKey(noise(16, 9));
  const iv = new Uint8Array(12);
  const setIv = (packet) => iv.set(packet.subarray(2, 12));
  const sealOne = (packet) => {
    const sealed = new Uint8Array(packet.length + 16);
    sealed.set(packet.subarray(0, 12));
    setIv(packet);
    const cipher = createCipheriv('aes-128-gcm', secret, iv);
    cipher.setAAD(packet.subarray(0, 12));
    sealed.set(cipher.update(packet.subarray(12)), 12);
    cipher.final();
    sealed.set(cipher.getAuthTag(), packet.length);
    return sealed;
  };
  const open = (datagram) => {
    const end = datagram.length - 16;
    const packet = new Uint8Array(end);
    packet.set(datagram.subarray(0, 12));
    setIv(datagram);
    const decipher = createDecipheriv('aes-128-gcm', secret, iv);
    decipher.setAAD(datagram.subarray(0, 12));
    decipher.setAuthTag(datagram.subarray(end));
    packet.set(decipher.update(datagram.subarray(12, end)), 12);
    decipher.final();
    return packet;
  };
  return { seal: (frame) => frame.map(sealOne), open };
}

async function werift() {
  const peer = await importPeer('werift').catch(() => undefined);
  if (!peer) {
    result({ bench: 'srtp', what: 'skipped', subject: 'werift', reason: 'werift is not installed' });
    return {};
  }
  const { RtpPacket, SrtpSession } = peer;
  const made = ([name, profile, salt]) => {
    const [localMasterKey, localMasterSalt] = [Buffer.from(noise(16, 5)), Buffer.from(noise(salt, 6))];
    const keys = {
      localMasterKey,
      localMasterSalt,
      remoteMasterKey: localMasterKey,
      remoteMasterSalt: localMasterSalt,
    };
    const session = new SrtpSession({ keys, profile });
    const sealOne = (packet) => {
      const { header, payload } = RtpPacket.deSerialize(
        Buffer.from(packet.buffer, packet.byteOffset, packet.length),
      );
      return session.encrypt(payload, header);
    };
    return [name, { seal: (frame) => frame.map(sealOne), open: (datagram) => session.decrypt(datagram) }];
  };
  return Object.fromEntries(
    [
      ['werift-AES_CM_128_HMAC_SHA1_80', 1, 14],
      ['werift-AEAD_AES_128_GCM', 7, 12],
    ].map(made),
  );
}

/** How long an endpoint spends in protection, for 12 listeners beside 1: the sum over many frames. */
function listeners(profile) {
  const spent = { 1: [], 12: [] };
  const ends = Object.keys(spent).map((count) => {
    const srtp = new Srtp({ key: key('c', profile, 7) });
    let taken = 0;
    const protector = {
      rtpOverhead: srtp.rtpOverhead,
      rtcpOverhead: srtp.rtcpOverhead,
      sender: undefined,
      protectRtp(packets) {
        const before = performance.now();
        const sealed = srtp.protectRtp(packets);
        taken += performance.now() - before;
        return sealed;
      },
      protectRtcp: (packet) => srtp.protectRtcp(packet),
      unprotectRtp: (datagram) => srtp.unprotectRtp(datagram),
      unprotectRtcp: (datagram) => srtp.unprotectRtcp(datagram),
    };
    const options = { cname: 'bench', random: seededRandom(1), protector };
    const endpoint = new Endpoint({
      ...options,
      repair: noRepair,
      control: noControl,
      pacer: new NoPacing(),
    });
    const formats = [{ format: 'generic', payloadType: 96, clockRate: 90_000 }];
    endpoint.addOutgoing({ id: 'video', channel: 'media', ssrc, formats }, 0);
    for (let listener = 0; listener < Number(count); listener += 1) {
      const addresses = { media: { address: '10.0.0.1', port: 5000 + listener } };
      endpoint.addDestination({ id: `${listener}`, addresses }, 0);
    }
    const send = (at) => {
      taken = 0;
      endpoint.send({ stream: 'video', data: noise(40_000), capturedAt: at }, at);
      while (endpoint.poll());
      return taken * 1000;
    };
    return { count, send };
  });
  for (let turn = -turns / 3; turn < turns; turn += 1)
    for (const { count, send } of ends) {
      const taken = send((turn + turns) * 33_000);
      if (turn >= 0) spent[count].push(taken);
    }
  const [one, twelve] = [median(spent[1]), median(spent[12])];
  const node = process.versions.node;
  result({
    bench: 'srtp',
    node,
    what: 'listeners',
    profile,
    frameMicros1: one,
    frameMicros12: twelve,
    ratio: round(twelve / one),
  });
}
