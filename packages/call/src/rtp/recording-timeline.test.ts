import { micros, millis, type Micros } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { AudioTimeline, PictureTimeline, RecordingClock } from './recording-timeline.js';

const ms = (value: number): Micros => millis(1_000_000 + value);

describe('RecordingClock', () => {
  it('goes by the arrival as long as the sender says nothing of its clock', () => {
    const clock = new RecordingClock();
    expect(clock.instantOf({ arrivedAt: ms(5) })).toBe(ms(5));
  });

  it('keeps the distances of capture, whatever the network added', () => {
    const clock = new RecordingClock();
    const sent = (capturedAt: number, arrivedAt: number) =>
      clock.instantOf({ capturedAt: millis(capturedAt), arrivedAt: ms(arrivedAt) });
    expect(sent(0, 20)).toBe(ms(20));
    expect(sent(33, 90)).toBe(ms(53));
    expect(sent(-10, 91)).toBe(ms(10));
  });

  it('goes on where the stream is that is reported of first, however late that frame came', () => {
    const clock = new RecordingClock();
    expect(clock.instantOf({ capturedAt: millis(40), arrivedAt: ms(95) }, ms(50))).toBe(ms(50));
    expect(clock.instantOf({ capturedAt: millis(80), arrivedAt: ms(90) }, ms(88))).toBe(ms(90));
  });

  it('does not go on where the stream is when that tells nothing of where it should be', () => {
    const clock = new RecordingClock();
    expect(clock.instantOf({ capturedAt: millis(40), arrivedAt: ms(3000) }, ms(50))).toBe(ms(3000));
  });

  it('takes a sender whose clock is another for what arrives', () => {
    const clock = new RecordingClock();
    clock.instantOf({ capturedAt: millis(0), arrivedAt: ms(0) });
    expect(clock.instantOf({ capturedAt: millis(9_000_000), arrivedAt: ms(40) })).toBe(ms(40));
    expect(clock.instantOf({ capturedAt: millis(9_000_010), arrivedAt: ms(55) })).toBe(ms(50));
  });
});

describe('PictureTimeline', () => {
  const lay = (pictures: { sent: number; instant: number; capturedAt?: Micros }[]) => {
    const timeline = new PictureTimeline();
    return pictures.map(({ sent, instant, ...rest }) => {
      const at = timeline.place({ timestamp: sent * 90, ...rest }, ms(instant));
      return Math.round((at - ms(0)) / 1000);
    });
  };

  it('goes by the timestamps as long as the sender says nothing of its clock', () => {
    const pictures = [
      { sent: 500, instant: 0 },
      { sent: 540, instant: 110 },
      { sent: 580, instant: 111 },
      { sent: 620, instant: 130 },
    ];
    expect(lay(pictures)).toEqual([0, 40, 80, 120]);
  });

  it('moves them when one comes earlier than those before it let expect', () => {
    const pictures = [
      { sent: 500, instant: 100 },
      { sent: 540, instant: 101 },
      { sent: 580, instant: 102 },
      { sent: 620, instant: 160 },
    ];
    expect(lay(pictures)).toEqual([100, 101, 102, 142]);
  });

  it('goes by the clock that the sender tells of', () => {
    const capturedAt = ms(0);
    expect(
      lay([
        { sent: 500, instant: 0 },
        { sent: 540, instant: 47, capturedAt },
        { sent: 580, instant: 85, capturedAt },
      ]),
    ).toEqual([0, 47, 85]);
  });

  it('follows a slower clock', () => {
    const pictures = Array.from({ length: 1000 }, (_, n) => ({ sent: n * 40, instant: n * 40.02 }));
    expect(lay(pictures).at(-1)).toBe(Math.round(999 * 40.02));
  });

  it('tells where a picture is to be expected', () => {
    const timeline = new PictureTimeline();
    expect(timeline.expected({ timestamp: 500 * 90 })).toBe(undefined);
    timeline.place({ timestamp: 500 * 90 }, ms(10));
    expect(timeline.expected({ timestamp: 540 * 90 })).toBe(ms(50));
    expect(timeline.expected({ timestamp: 460 * 90 })).toBe(undefined);
  });

  it('begins again with another source and after a pause', () => {
    const pictures = [
      { sent: 90_000, instant: 0 },
      { sent: 90_040, instant: 5000 },
      { sent: 10, instant: 5040 },
      { sent: 90_000, instant: 5080 },
    ];
    expect(lay(pictures)).toEqual([0, 5000, 5040, 5080]);
  });
});

describe('AudioTimeline', () => {
  const data = new Uint8Array(40); // 10 samples of 2 channels: 10 ms
  const lay = (packets: { timestamp: number; instant: number; capturedAt?: Micros }[]) => {
    const timeline = new AudioTimeline(2, 1000);
    return packets.map(({ instant, ...packet }) => {
      const place = timeline.place({ data, ...packet }, ms(instant));
      return place && { silence: place.silence, at: (place.at - ms(0)) / 1000 };
    });
  };

  it('puts packet after packet, however unevenly they arrive, and silence in the place of lost ones', () => {
    const places = lay([
      { timestamp: 500, instant: 0 },
      { timestamp: 510, instant: 31 },
      { timestamp: 540, instant: 32 },
    ]);
    expect(places).toEqual([
      { silence: 0, at: 0 },
      { silence: 0, at: 10 },
      { silence: 20, at: 20 },
    ]);
  });

  it('leaves out what comes after its place was filled, and fills no place twice', () => {
    const places = lay([500, 520, 510, 530].map((timestamp) => ({ timestamp, instant: timestamp - 500 })));
    expect(places).toEqual([
      { silence: 0, at: 0 },
      { silence: 10, at: 10 },
      undefined,
      { silence: 0, at: 30 },
    ]);
  });

  it('takes timestamps that are off by a little for what they mean', () => {
    const places = lay([500, 509, 521, 530].map((timestamp) => ({ timestamp, instant: 0 })));
    expect(places).toEqual([0, 10, 20, 30].map((at) => ({ silence: 0, at })));
  });

  it('fills the pause until another source goes on; a long one is a gap', () => {
    const places = lay([
      { timestamp: 500, instant: 0 },
      { timestamp: 9_000_000, instant: 400 },
      { timestamp: 9_000_010, instant: 410 },
      { timestamp: 77_000, instant: 60_000 },
    ]);
    expect(places).toEqual([
      { silence: 0, at: 0 },
      { silence: 390, at: 10 },
      { silence: 0, at: 410 },
      { silence: 0, at: 60_000 },
    ]);
  });

  it('does not drift from its own count where the rate does not divide a second', () => {
    const timeline = new AudioTimeline(1, 44_100);
    const packet = new Uint8Array(2 * 584);
    let last = 0;
    for (let n = 0; n < 10_000; n++) {
      last = timeline.place({ data: packet, timestamp: n * 584 }, ms(0))!.at;
    }
    expect(last - ms(0)).toBeCloseTo((9999 * 584 * 1e6) / 44_100, -1);
  });

  it('tells where a packet is to be expected', () => {
    const timeline = new AudioTimeline(2, 1000);
    const expected = (timestamp: number) => timeline.expected({ data, timestamp });
    expect(expected(500)).toBe(undefined);
    timeline.place({ data, timestamp: 500 }, ms(100));
    expect([510, 512, 540, 480, 90_000].map(expected)).toEqual([
      ms(110),
      ms(110),
      ms(140),
      undefined,
      undefined,
    ]);
  });

  it("follows the sender's clock slowly", () => {
    // A clock that is 0.1 % fast: 100 s become 100.1.
    const packets = Array.from({ length: 10_000 }, (_, n) => {
      return { timestamp: n * 10, instant: n * 10.01, capturedAt: micros(n * 10_010) };
    });
    const places = lay(packets);
    expect(places.at(-1)!.at).toBeCloseTo(9999 * 10.01, 0);
    expect(places.every((place) => place!.silence === 0)).toBe(true);
  });
});
