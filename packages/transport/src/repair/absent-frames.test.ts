import { micros } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { AbsentFrames } from './absent-frames.js';
import { Cadence } from './cadence.js';

const frame = 3000;
const interval = 100_000 / 3;
const deadline = micros(33_000);

/** Ten frames at 30 a second came: the next is number 10. */
function afterTen() {
  const cadence = new Cadence(90_000);
  const absent = new AbsentFrames(cadence, deadline);
  for (let number = 0; number < 10; number += 1) {
    absent.begun(number * frame, micros(number * interval));
    cadence.begun(number * frame, micros(number * interval), true);
  }
  return { cadence, absent };
}

/** The next frame does not come, and is asked for. */
function oneAbsent() {
  const { cadence, absent } = afterTen();
  const at = absent.nextAt!;
  absent.expect(99, true, at);
  absent.frames[0]!.asked = 1;
  return { cadence, absent, at };
}

describe('absent frames', () => {
  it('are expected by the cadence, three at most', () => {
    const { absent } = afterTen();
    for (let passed = 0; passed < 3; passed += 1) {
      const at = absent.nextAt!;
      expect(at).toBeGreaterThan((10 + passed) * interval);
      expect(at).toBeLessThan((10 + passed) * interval + 1000);
      absent.expect(99, true, at);
      expect(absent.frames[passed]).toMatchObject({
        sequenceNumber: 100,
        ahead: passed,
        deadline: at + deadline,
      });
    }
    expect(absent.nextAt).toBeUndefined();
  });

  it('lie behind the frame in whose midst the highest packet is', () => {
    const { absent } = afterTen();
    absent.expect(99, false, absent.nextAt!);
    expect(absent.frames[0]!.ahead).toBe(1);
  });

  it('that come are found, and expected no more', () => {
    const { absent, at } = oneAbsent();
    absent.begun(10 * frame, micros(at + 1000));
    expect(absent.frames).toEqual([]);
    expect(absent.mostlyLost).toBe(false);
    absent.expire(micros(at + 1e6));
    expect(absent.unseen).toBe(0);
  });

  it('that are overtaken are asked for again at once, and counted when nothing comes of them', () => {
    const { absent, at } = oneAbsent();
    absent.begun(11 * frame, micros(at + 30_000));
    expect(absent.frames[0]).toMatchObject({ overtaken: true, askAt: at + 30_000 });
    absent.expire(micros(at + 32_000));
    expect(absent.unseen).toBe(0);
    absent.expire(micros(at + 33_000));
    expect([absent.unseen, absent.frames.length]).toEqual([1, 0]);
    expect(absent.mostlyLost).toBe(true);
  });

  it('that were not overtaken are not counted: the stream paused', () => {
    const { absent, at } = oneAbsent();
    absent.expire(micros(at + 33_000));
    expect([absent.unseen, absent.frames.length]).toEqual([0, 0]);
  });

  it('that the next frame shows were never sent, are forgotten', () => {
    const { absent, at } = oneAbsent();
    absent.begun(11 * frame, micros(at + 30_000));
    absent.followed(100, 11 * frame);
    expect(absent.frames).toEqual([]);
    absent.expire(micros(at + 1e6));
    expect(absent.unseen).toBe(0);
    // Not so when something is between the two.
    const other = oneAbsent();
    other.absent.begun(11 * frame, micros(other.at + 30_000));
    other.absent.followed(134, 11 * frame);
    expect(other.absent.frames.length).toBe(1);
  });

  it('between two frames that do not follow on each other are asked for, once', () => {
    const { absent } = afterTen();
    const now = micros(11 * interval);
    const behind = { sequenceNumber: 134, timestamp: 11 * frame };
    absent.skipped(100, 9 * frame, behind, now);
    expect(absent.frames).toMatchObject([
      { timestamp: 10 * frame, sequenceNumber: 100, ahead: 0, askAt: now },
    ]);
    absent.skipped(100, 9 * frame, behind, now);
    expect(absent.frames.length).toBe(1);
    expect(absent.found(10 * frame + 3, true)).toBeDefined();
  });

  it('are found between two frames also where there is no cadence', () => {
    const absent = new AbsentFrames(new Cadence(90_000), deadline);
    absent.skipped(100, 1000, { sequenceNumber: 103, timestamp: 50_000 }, micros(0));
    expect(absent.found(50_000, true)).toBeUndefined();
    expect(absent.found(1000, true)).toBeUndefined();
    expect(absent.found(1001, true)).toBeDefined();
    expect(absent.frames).toEqual([]);
  });

  it('mostly lost or mostly late: the last ones that were asked for tell', () => {
    const { absent } = afterTen();
    const end = (lost: boolean) => {
      absent.skipped(1, 0, { sequenceNumber: 9, timestamp: 99 * frame }, micros(0));
      const one = absent.frames.at(-1)!;
      one.asked = 1;
      absent.found(one.timestamp, lost);
    };
    for (let time = 0; time < 5; time += 1) end(true);
    expect(absent.mostlyLost).toBe(true);
    for (let time = 0; time < 5; time += 1) end(false);
    expect(absent.mostlyLost).toBe(false);
  });

  it('begin anew with the source', () => {
    const { absent } = oneAbsent();
    absent.restart();
    expect(absent.frames).toEqual([]);
    expect(absent.nextAt).toBeDefined();
  });
});
