import { micros, millis, seconds, type Micros, type Random } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import { describe, expect, it } from 'vitest';
import { SimulatedCall, type LinkOptions, type Participant } from '../netsim/index.js';
import { parseRtcp } from '../packet/rtcp.js';
import { usedMemory } from '../node/testing/used-memory.js';
import { genericFormat, isRtcp, l16Format } from '../testing/pair.js';

const DAY = seconds(86_400);
/** 7 February 2036, 06:28:16: the seconds of NTP begin anew. */
const NTP_WRAP = seconds(2_085_978_496);

/** Numbers of streams begin right before their wraps; the rest is drawn. */
function nearWraps(seed: number): Random {
  // The endpoint's own SSRC; then for each of two streams: SSRC and sequence number of repair, of the stream, timestamp.
  const stream = (ssrc: number) => [ssrc, 65_530, 65_520, 2 ** 32 - 90_000];
  const first = [1, ...stream(2), ...stream(3)];
  const random = seededRandom(seed);
  return { uint32: () => first.shift() ?? random.uint32() };
}

/**
 * Days of call: every four seconds a picture of three packets, every two some sound, beginning near each wrap. A report
 * every five seconds, so that a day takes a second.
 */
function callOfDays(link: LinkOptions, days: number, seed = 1) {
  const call = new SimulatedCall({ seed, start: micros(NTP_WRAP - seconds(3600)) });
  const came = { video: 0, audio: 0, wrong: 0 };
  const endpoint = { reportInterval: seconds(5), peerTimeout: seconds(20) };
  const left = call.add('left', { endpoint: { ...endpoint, random: nearWraps(seed) } });
  const right = call.add('right', {
    endpoint,
    onFrame: ({ stream, data, capturedAt }, now) => {
      came[stream as 'video' | 'audio'] += 1;
      // A tick of sound is 23 microseconds; the first picture comes with its sender report.
      if (stream === 'video' && Math.abs(now - capturedAt! - 1000) > 200_000) came.wrong += 1;
      if (stream === 'video' && data[2999] !== data[0]) came.wrong += 1;
    },
  });
  call.connect(left, right, link);
  const incoming = { deadline: millis(200) };
  call.stream(left, [right], { id: 'video', channel: 'video', ssrc: 7, formats: [genericFormat] }, incoming);
  call.stream(left, [right], { id: 'audio', channel: 'audio', ssrc: 9, formats: [l16Format] }, incoming);
  const pictures = (days * DAY) / seconds(4);
  left.sendEvery(seconds(4), pictures, (number) => ({
    stream: 'video',
    data: new Uint8Array(3000).fill(number % 251),
  }));
  left.sendEvery(seconds(2), 2 * pictures, () => ({ stream: 'audio', data: new Uint8Array(882) }));
  const memory: number[] = [];
  for (let day = 0; day < days; day += 1) {
    call.run(DAY);
    memory.push(usedMemory());
  }
  call.run(seconds(2));
  const [video, audio] = right.endpoint.statistics(call.clock.now()).incoming;
  return { call, left, right, came, pictures, memory, video: video!, audio: audio! };
}

describe('days of call', () => {
  it('cross every wrap many times, lose nothing on a clean link, and need no more memory than the first', () => {
    const days = 3;
    const { came, pictures, memory, video, audio, right, left, call } = callOfDays(
      { delay: millis(1) },
      days,
    );
    expect(came).toEqual({ video: pictures, audio: 2 * pictures, wrong: 0 });
    expect(video).toMatchObject({ lost: 0, givenUp: 0, late: 0, restarts: 0, duplicates: 0, requests: 0 });
    expect(audio).toMatchObject({ lost: 0, givenUp: 0, late: 0, restarts: 0, duplicates: 0, requests: 0 });
    // Sequence numbers, timestamps of 90 kHz, and the compact NTP time of reports: 18 hours.
    expect((3 * pictures) / 2 ** 16).toBeGreaterThan(2);
    expect((days * 86_400 * 90_000) / 2 ** 32).toBeGreaterThan(5);
    expect((days * 86_400) / 2 ** 16).toBeGreaterThan(3);
    expect(right.events.map(({ type }) => type)).toEqual(['source', 'source']);
    // The round trip is known to the end, whatever wrapped.
    for (const { destinations } of left.endpoint.statistics(call.clock.now()).outgoing)
      expect(destinations[0]!.roundTrip).toBeCloseTo(2000, -2);
    expect(memory.at(-1)! - memory[0]!).toBeLessThan(MAX_GROWTH);
  }, 60_000);

  it('are repaired where one packet in a hundred gets lost, through all wraps of requests and answers', () => {
    const days = 2;
    const { came, pictures, memory, video } = callOfDays({ delay: millis(1), loss: 0.01 }, days);
    expect(came.wrong).toBe(0);
    // Of a picture that was lost as a whole nothing is known before the next one, four seconds later.
    expect(pictures - came.video).toBeLessThanOrEqual(1);
    expect(video.givenUp).toBeLessThanOrEqual(1);
    // Requests are numbered by a byte.
    expect(video.requests).toBeGreaterThan(3 * 256);
    expect(video.repaired.request + video.repaired.parity).toBeGreaterThan(1000);
    expect(memory.at(-1)! - memory[0]!).toBeLessThan(MAX_GROWTH);
  }, 60_000);
});

describe('a host firewall that forgets after 30 s', () => {
  /** Lets in only what comes from where something went to within the last 30 s. */
  function guard(call: SimulatedCall): { blocked: number; longest: number } {
    const seen = { blocked: 0, longest: 0 };
    const lastOut = new Map<string, Micros>();
    const start = call.clock.now();
    const send = call.network.send.bind(call.network);
    call.network.send = (from, to, data) => {
      const now = call.clock.now();
      const way = `${from.address}:${from.port} ${to.address}:${to.port}`;
      seen.longest = Math.max(seen.longest, now - (lastOut.get(way) ?? start));
      lastOut.set(way, now);
      const back = lastOut.get(`${to.address}:${to.port} ${from.address}:${from.port}`);
      if (now - (back ?? start) > seconds(30)) seen.blocked += 1;
      else send(from, to, data);
    };
    return seen;
  }

  it.each([
    ['who only receives', 1],
    ['nobody, both cameras off', 0],
  ])('is kept open by %s, both ways, on every channel', (_, senders) => {
    const call = new SimulatedCall();
    const firewall = guard(call);
    const [left, right] = [call.add('left'), call.add('right')];
    call.connect(left, right, { delay: millis(1), loss: 0.1 });
    const stream = { id: 'video', channel: 'video', ssrc: 7, formats: [genericFormat] };
    if (senders > 0) call.stream(left, [right], stream);
    // One frame every twenty minutes: only reports hold the way open in between.
    if (senders > 0)
      left.sendEvery(seconds(1200), 12, () => ({ stream: 'video', data: new Uint8Array(500) }));
    call.run(seconds(4 * 3600));
    expect(firewall.blocked).toBe(0);
    expect(firewall.longest).toBeLessThan(seconds(15));
    expect(right.frames.length).toBeGreaterThanOrEqual(senders * 9);
    expect(left.events.filter(({ type }) => type === 'timeout')).toEqual([]);
  });
});

describe('an end', () => {
  const ends: [string, (left: Participant, now: Micros) => void][] = [
    ['the endpoint closes', (left) => left.do((endpoint, at) => endpoint.close(at))],
    ['the destination goes', (left) => left.do((endpoint, at) => endpoint.removeDestination('right', at))],
  ];

  it.each(ends)('is told for every stream once, though two of its three copies get lost: %s', (_, end) => {
    for (const survivor of [0, 1, 2]) {
      const call = new SimulatedCall({ seed: survivor + 1 });
      const [left, right] = [call.add('left'), call.add('right')];
      call.connect(left, right, { delay: millis(1) });
      for (const [id, channel, ssrc] of [
        ['video', 'video', 7],
        ['screen', 'video', 8],
        ['audio', 'audio', 9],
      ] as const)
        call.stream(left, [right], {
          id,
          channel,
          ssrc,
          formats: [channel === 'audio' ? l16Format : genericFormat],
        });
      left.send({ stream: 'video', data: new Uint8Array(5000) });
      call.run(seconds(3));
      const copies = new Map<number, number>();
      const send = call.network.send.bind(call.network);
      call.network.send = (from, to, data) => {
        const bye = isRtcp({ data }) ? parseRtcp(data)?.find(({ type }) => type === 'goodbye') : undefined;
        if (bye?.type !== 'goodbye') return send(from, to, data);
        const copy = copies.get(bye.ssrcs[0]!) ?? 0;
        copies.set(bye.ssrcs[0]!, copy + 1);
        if (copy === survivor) send(from, to, data);
      };
      end(left, call.clock.now());
      call.run(seconds(1));
      expect([...copies].sort()).toEqual([
        [7, 3],
        [8, 3],
        [9, 3],
      ]);
      const byes = right.events.flatMap((event) => (event.type === 'bye' ? [event.stream] : []));
      expect(byes.sort()).toEqual(['audio', 'screen', 'video']);
    }
  });

  it('without a word is told once, and so is a return after an hour', () => {
    const call = new SimulatedCall();
    const [left, right] = [call.add('left'), call.add('right')];
    const link = { delay: millis(1) };
    call.connect(left, right, {
      ...link,
      changes: [
        { after: seconds(60), link: { loss: 1 } },
        { after: seconds(3660), link },
      ],
    });
    call.stream(left, [right], { id: 'video', channel: 'video', ssrc: 7, formats: [genericFormat] });
    left.sendEvery(seconds(1), 3700, () => ({ stream: 'video', data: new Uint8Array(3000) }));
    call.run(seconds(3600));
    expect(right.events.map(({ type }) => type)).toEqual(['source', 'timeout']);
    call.run(seconds(120));
    const events = right.events.map(({ type }) => type);
    expect(events.filter((type) => type !== 'source')).toEqual(['timeout', 'resumed']);
    expect(right.frames.length).toBeGreaterThan(95);
  });
});

/** Bytes: what a test runner and a just-in-time compiler keep for themselves meanwhile. */
const MAX_GROWTH = 1_000_000;
