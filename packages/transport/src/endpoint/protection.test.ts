import { millis, seconds, type Micros } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { reliableControl } from '../control/reliable-control.js';
import type { SrtpProfile } from '../protect/profile.js';
import type { Srtp } from '../protect/srtp.js';
import { deadlineRepair } from '../repair/deadline-repair.js';
import {
  connect,
  genericFormat,
  incomingOf,
  isRtcp,
  l16Format,
  makePair,
  message,
  type Pair,
} from '../testing/pair.js';
import { writeSealed } from '../sealed/sealed-packet.js';
import { rtp, sealed, sealedRtcp, senderReport, srtp, srtpKey } from '../testing/srtp.js';

const profiles: SrtpProfile[] = ['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'];

/** Both sides have each other's keys and a control stream. */
function securedPair(profile: SrtpProfile, mtu = 1200): Pair & { protection: { left: Srtp; right: Srtp } } {
  const [left, right] = [srtp(profile, 1), srtp(profile, 2)];
  left.setPeerKeys('right', [srtpKey(profile, 2)], []);
  right.setPeerKeys('left', [srtpKey(profile, 1)], []);
  const options = { repair: deadlineRepair(), mtu };
  const control = { left: reliableControl({ ssrc: 101 }), right: reliableControl({ ssrc: 102 }) };
  const pair = makePair({
    left: { ...options, protector: left, control: control.left },
    right: { ...options, repair: deadlineRepair(), protector: right, control: control.right },
  });
  connect(pair);
  const channel = 'video';
  const sound = { id: 'sound', channel, ssrc: 9, formats: [l16Format] };
  pair.right.do((endpoint, now) => {
    endpoint.addIncoming({ ...sound, peer: 'left' }, now);
    const addresses = { [channel]: pair.left.address };
    endpoint.addDestination({ id: 'left', addresses, control: { channel, ssrc: 101 } }, now);
  });
  pair.left.do((endpoint, now) => {
    endpoint.addOutgoing(sound, now);
    const addresses = { [channel]: pair.right.address };
    endpoint.addDestination({ id: 'right', addresses, control: { channel, ssrc: 102 } }, now);
  });
  return { ...pair, protection: { left, right } };
}

describe.each(profiles)('a call with %s', (profile) => {
  it('repairs losses of 10 %, both kinds, and carries control messages, within the MTU', () => {
    const pair = securedPair(profile);
    const { left, right, clock } = pair;
    for (const side of [left, right])
      side.link = (_, __, random) => (random.uint32() % 10 === 0 ? [] : [millis(2 + (random.uint32() % 4))]);
    const said: string[] = [];
    for (let frame = 0; frame < 300; frame += 1) {
      left.send(message(frame, 20_000));
      for (let packet = 0; packet < 3; packet += 1) left.send(new Uint8Array(882).fill(frame), 'sound');
      if (frame % 10 === 0) {
        said.push(`message ${frame}`);
        left.do((endpoint, now) => endpoint.sendControl('right', Buffer.from(said.at(-1)!), now));
      }
      clock.advance(millis(33));
    }
    clock.advance(seconds(2));
    const { incoming, drops } = right.endpoint.statistics(clock.now());
    const [video, sound] = incoming;
    expect(video).toMatchObject({ frames: 300, givenUp: 0 });
    expect(video!.repaired.request + video!.repaired.parity).toBeGreaterThan(300);
    expect(sound!.lossBefore).toBeGreaterThan(0.05);
    expect(sound!.lossAfter).toBeLessThan(0.01);
    expect(sound!.repaired.request).toBeGreaterThan(50);
    expect(right.messages.map(({ data }) => Buffer.from(data).toString())).toEqual(said);
    for (const { data } of [...left.sent, ...right.sent]) expect(data.length).toBeLessThanOrEqual(1200);
    // Room is left for the larger tag: what was sent under one profile may be sent again under the other.
    const largest = profile === 'AEAD_AES_128_GCM' ? 1200 : 1194;
    expect(Math.max(...left.sent.map(({ data }) => data.length))).toBe(largest);
    // Packets sent again that had only been late.
    expect(Object.keys(drops)).toEqual(['replayed']);
    expect(left.endpoint.statistics(clock.now()).drops).toEqual({});
    // Nothing of a frame can be seen.
    const plain = Buffer.from(message(7, 20_000).subarray(0, 32));
    expect(left.sent.some(({ data }) => Buffer.from(data).includes(plain))).toBe(false);
  });

  it('answers NACKs with packets as they were, byte for byte', () => {
    const pair = securedPair(profile);
    pair.right.do((endpoint, now) =>
      endpoint.addIncoming(
        { peer: 'left', id: 'video', channel: 'video', ssrc: 7, formats: [genericFormat], repair: 'packets' },
        now,
      ),
    );
    let lost: Uint8Array | undefined;
    pair.left.link = (datagram, index) => {
      if (lost || datagram.priority !== 'frame' || index < 10) return [millis(1)];
      lost = Uint8Array.from(datagram.data);
      return [];
    };
    for (let frame = 0; frame < 3; frame += 1) {
      pair.left.send(message(frame));
      pair.clock.advance(millis(33));
    }
    pair.clock.advance(millis(100));
    expect(pair.right.frames.map(({ data }) => data)).toEqual([0, 1, 2].map((frame) => message(frame)));
    const again = pair.left.sent.filter(
      ({ data, priority }) => priority === 'repair' && Buffer.compare(data, lost!) === 0,
    );
    expect(again.length).toBeGreaterThan(0);
    expect(pair.left.endpoint.statistics(pair.clock.now()).drops).toEqual({});
  });

  it('goes on for a listener that had a long gap, with the next report', () => {
    const pair = securedPair(profile);
    pair.left.send(message(0));
    pair.clock.advance(millis(50));
    expect(pair.right.frames.length).toBe(1);
    // So much went to others meanwhile.
    const { index } = pair.protection.left.indices().find(({ ssrc }) => ssrc === 7)!;
    pair.left.link = () => [];
    for (let frame = 0; frame < 40; frame += 1) {
      pair.left.send(message(frame, 1_000_000));
      pair.clock.advance(millis(1));
    }
    const now = pair.protection.left.indices().find(({ ssrc }) => ssrc === 7)!;
    expect(now.index - index).toBeGreaterThan(2 ** 15);
    pair.left.link = () => [millis(1)];
    for (let frame = 0; frame < 60; frame += 1) {
      pair.left.send(message(frame));
      pair.clock.advance(millis(33));
    }
    expect(pair.right.frames.length).toBeGreaterThan(10);
    expect(pair.right.frames.at(-1)!.data).toEqual(message(59));
  });

  it('keeps its reports within the MTU', () => {
    const pair = securedPair(profile, 500);
    for (let stream = 0; stream < 60; stream += 1) {
      const options = { id: `s${stream}`, channel: 'video', ssrc: 1000 + stream, formats: [genericFormat] };
      pair.right.do((endpoint, now) => {
        endpoint.addOutgoing(options, now);
        endpoint.addIncoming({ ...options, peer: 'left', ssrc: 2000 + stream }, now);
      });
      pair.left.do((endpoint, now) => endpoint.addOutgoing({ ...options, ssrc: 2000 + stream }, now));
      pair.left.send(message(stream, 10), options.id);
      pair.right.send(message(stream, 10), options.id);
    }
    pair.clock.advance(seconds(3));
    const reports = pair.right.sent.filter(isRtcp);
    expect(reports.length).toBeGreaterThan(60);
    for (const { data } of reports) expect(data.length).toBeLessThanOrEqual(500);
  });

  it('takes nothing of one peer under the key of another', () => {
    const pair = securedPair(profile);
    const { right, clock } = pair;
    pair.left.send(message(0));
    clock.advance(millis(50));
    const stranger = srtp(profile, 3);
    pair.protection.right.setPeerKeys('other', [srtpKey(profile, 3)], []);
    const before = incomingOf(right, clock.now()).packets;
    const inject = (data: Uint8Array) =>
      right.do((endpoint, now) => endpoint.receive({ channel: 'video', data, from: pair.left.address }, now));
    inject(sealed(stranger, rtp(7, 1)));
    inject(sealedRtcp(stranger, senderReport(7)));
    const control = rtp(101, 5);
    control[1] = 126;
    inject(sealed(stranger, control));
    expect(right.endpoint.statistics(clock.now() as Micros).drops).toEqual({ 'wrong-sender': 3 });
    expect(incomingOf(right, clock.now()).packets).toBe(before);
  });

  it('counts and lets nothing out of a source that begins again behind where it was', () => {
    const pair = securedPair(profile);
    for (let restart = 0; restart < 12; restart += 1) {
      const options = { id: 'video', channel: 'video', ssrc: 7, formats: [genericFormat] };
      pair.left.do((endpoint, now) => endpoint.addOutgoing(options, now));
      pair.left.send(message(restart));
      pair.clock.advance(millis(20));
    }
    const { drops } = pair.left.endpoint.statistics(pair.clock.now());
    expect(Object.keys(drops)).toEqual(['nonce-reused']);
    const sent = pair.left.sent.filter(({ priority }) => priority === 'frame');
    const nonces = sent.map(({ data }) => `${data.subarray(2, 4)} ${data.subarray(8, 12)}`);
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  it('brings what is sealed by other means whatever keys there are, from who is known, and not too often', () => {
    const { left, right, clock, protection } = securedPair(profile);
    const data = Uint8Array.of(1, 2, 3);
    const sealedOf = (side: typeof left) => side.events.filter(({ type }) => type === 'sealed');
    // Each has another key by now than the other knows of.
    protection.left.setSendKey(srtpKey(profile, 3));
    protection.right.setSendKey(srtpKey(profile, 4));
    left.do((endpoint, now) => endpoint.sendControl('right', data, now));
    left.do((endpoint, now) => endpoint.sendSealed('right', data, now));
    clock.advance(millis(500));
    expect(right.messages).toEqual([]);
    expect(sealedOf(right)).toEqual([{ type: 'sealed', peer: 'left', data }]);
    right.do((endpoint, now) => endpoint.sendSealed('left', data, now));
    clock.advance(millis(5));
    expect(sealedOf(left)).toEqual([{ type: 'sealed', peer: 'right', data }]);

    right.do((endpoint, now) => endpoint.sendSealed('nobody', data, now));
    const forge = (sender: number, receiver: number) =>
      right.do((endpoint, now) =>
        endpoint.receive(
          { channel: 'video', data: writeSealed({ sender, receiver, data }), from: left.address },
          now,
        ),
      );
    forge(103, 102);
    forge(101, 103);
    for (let count = 0; count < 20; count += 1) forge(101, 102);
    expect(sealedOf(right)).toHaveLength(9);
    expect(right.endpoint.statistics(clock.now()).drops).toMatchObject({
      'unknown-sealed': 2,
      'sealed-overflow': 12,
    });
    clock.advance(seconds(1));
    for (let count = 0; count < 20; count += 1) forge(101, 102);
    expect(sealedOf(right)).toHaveLength(17);
    right.do((endpoint, now) => endpoint.removeDestination('left', now));
    clock.advance(seconds(1));
    forge(101, 102);
    expect(sealedOf(right)).toHaveLength(17);
  });
});
