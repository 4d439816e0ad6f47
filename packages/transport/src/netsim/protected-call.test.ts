import { millis, seconds } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import type { SrtpProfile } from '../protect/profile.js';
import { srtp, srtpKey } from '../testing/srtp.js';
import type { Participant } from './participant.js';
import { SimulatedCall } from './simulated-call.js';

const link = { delay: millis(3), jitter: millis(2), loss: 0.1 };
const stream = (ssrc: number) => ({
  id: 'video',
  channel: 'video',
  ssrc,
  formats: [{ format: 'generic' as const, payloadType: 96, clockRate: 90_000 }],
});

describe.each<SrtpProfile>(['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'])(
  'a protected call of four, %s',
  (profile) => {
    it('with losses of 10 %: keys change under way, one comes late, and one who has left hears nothing', () => {
      const call = new SimulatedCall({ seed: 3 });
      const names = ['anna', 'ben', 'cleo', 'dan'];
      const protections = names.map((_, at) => srtp(profile, at + 1));
      const captured: Uint8Array[] = [];
      const longest = { bytes: 0 };
      const all = names.map((name, at) =>
        call.add(name, {
          endpoint: { protector: protections[at]! },
          onDatagram: ({ data }) => {
            longest.bytes = Math.max(longest.bytes, data.length);
            if (at === 0) captured.push(Uint8Array.from(data));
          },
        }),
      );
      const [anna, ben, cleo, dan] = all as [Participant, Participant, Participant, Participant];
      const others = (at: number) => protections.filter((_, other) => other !== at);
      const tell = (at: number, keys: number[], to = others(at)) => {
        const indices = protections[at]!.indices();
        for (const other of to)
          other.setPeerKeys(
            names[at]!,
            keys.map((number) => srtpKey(profile, number)),
            indices,
          );
      };
      const talk = (from: Participant, frames: number) =>
        from.sendEvery(millis(33), frames, (number) => ({
          stream: 'video',
          data: new Uint8Array(8000).fill(number),
        }));
      const present = [anna, ben, cleo];
      for (const [at, one] of present.entries())
        for (const other of present.slice(at + 1)) call.connect(one, other, link);
      for (const [at, from] of present.entries()) {
        call.stream(from, present.filter((other) => other !== from), stream(at + 1)); // prettier-ignore
        tell(at, [at + 1], others(at).slice(0, 2));
        talk(from, 120);
      }
      call.run(seconds(1));
      // Everyone changes the key, while packets are under way: the old one is taken for a while.
      for (const at of [0, 1, 2]) {
        tell(at, [at + 1, at + 11]);
        protections[at]!.setSendKey(srtpKey(profile, at + 11));
      }
      call.run(seconds(1));
      for (const at of [0, 1, 2]) tell(at, [at + 11]);
      // Dan comes: he gets the keys of now, and how far everybody is.
      tell(3, [4]);
      for (const [at, one] of present.entries()) {
        call.connect(one, dan, link);
        dan.do((endpoint, now) => endpoint.addIncoming({ ...stream(at + 1), peer: one.name }, now));
      }
      call.run(seconds(4));
      for (const [at, { frames, endpoint }] of present.entries()) {
        expect(frames.length).toBe(240);
        const { drops } = endpoint.statistics(call.clock.now());
        expect(Object.keys(drops).filter((reason) => reason !== 'replayed')).toEqual([]);
        expect(dan.frames.filter(({ peer }) => peer === names[at]).length).toBeGreaterThan(50);
      }
      expect(
        Object.keys(dan.endpoint.statistics(call.clock.now()).drops).filter((one) => one !== 'replayed'),
      ).toEqual([]);
      expect(longest.bytes).toBeLessThanOrEqual(1200);

      // All that anna ever sent, once more: not a packet of it is taken.
      const before = ben.frames.length;
      for (const data of captured)
        ben.do((endpoint, now) =>
          endpoint.receive({ channel: 'video', data, from: anna.addresses['video']! }, now),
        );
      const { drops, incoming } = ben.endpoint.statistics(call.clock.now());
      expect(ben.frames.length).toBe(before);
      expect(drops['unknown-key']).toBeGreaterThan(200);
      expect(drops['replayed']).toBeGreaterThan(200);
      expect(incoming.find(({ peer }) => peer === 'anna')!.duplicates).toBe(0);

      // Dan leaves: with new keys he hears nothing more.
      for (const at of [0, 1, 2]) {
        tell(at, [at + 21], others(at).slice(0, 2));
        protections[at]!.setSendKey(srtpKey(profile, at + 21));
      }
      const heard = dan.frames.length;
      talk(anna, 10);
      call.run(seconds(1));
      expect(dan.frames.length).toBe(heard);
      expect(dan.endpoint.statistics(call.clock.now()).drops['unknown-key']).toBeGreaterThan(50);
      expect(cleo.frames.length).toBe(250);
    });
  },
);
