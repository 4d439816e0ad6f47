import { millis, seconds, type Micros } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { NoPacing } from '../pace/pacer.js';
import { deadlineRepair } from '../repair/deadline-repair.js';
import { connect, incomingOf, makePair, message } from '../testing/pair.js';
import type { EndpointState } from './state.js';
import { Schedule, type Timer, type Timers } from './timers.js';

/** A timer that is set by hand, and counts how often it is asked. */
class TestTimer implements Timer {
  readonly name = 'test';
  readonly reason = 'for tests';
  at: Micros | undefined;
  asked = 0;
  readonly fired: number[] = [];
  readonly next = (): Micros | undefined => {
    this.asked += 1;
    return this.at;
  };
  readonly fire = (now: Micros): void => {
    this.fired.push(now);
    this.at = undefined;
  };
}

function makeSchedule() {
  const state = { streamsDueBy: Infinity, rescheduled: false };
  const [streams, peer, part] = [new TestTimer(), new TestTimer(), new TestTimer()];
  const timers: Timers = { streams, peers: [peer], parts: [part] };
  return { state, streams, peer, part, schedule: new Schedule(state as EndpointState, timers) };
}
const at = (time: number) => time as Micros;

describe('Schedule', () => {
  it('asks the timers of peers only after something that moves them', () => {
    const { state, peer, schedule } = makeSchedule();
    peer.at = at(50);
    state.rescheduled = true;
    for (let datagram = 0; datagram < 100; datagram += 1) expect(schedule.nextDeadline()).toBe(50);
    schedule.tick(at(49));
    expect([peer.asked, peer.fired]).toEqual([1, []]);
    schedule.tick(at(50));
    expect([peer.fired, schedule.nextDeadline()]).toEqual([[50], undefined]);
  });

  it('follows streams and parts at once', () => {
    const { state, streams, part, schedule } = makeSchedule();
    state.streamsDueBy = 30;
    expect(schedule.nextDeadline()).toBe(30);
    part.at = at(20);
    expect(schedule.nextDeadline()).toBe(20);
    schedule.tick(at(25));
    expect([streams.fired, part.fired]).toEqual([[], [25]]);
    schedule.tick(at(30));
    expect(streams.fired).toEqual([30]);
  });
});

describe('a stream on a link that loses nothing', () => {
  /** Has sent and received so much that losses are known to be rare. */
  function quietPair(interval = millis(33)) {
    const repair = deadlineRepair();
    const pair = makePair({ left: { repair, pacer: new NoPacing() }, right: { repair } });
    connect(pair);
    const { clock, left, right } = pair;
    const send = (frame: number) => {
      left.send(message(frame, 40_000));
      clock.advance(interval);
    };
    for (let frame = 0; frame < 200; frame += 1) send(frame);
    expect(right.frames).toHaveLength(200);
    /** Loses the last packet of the next frame. */
    const loseAnEnd = () => {
      let packets = 0;
      left.link = () => ((packets += 1) === 35 ? [] : [millis(1)]);
    };
    return { ...pair, send, loseAnEnd };
  }

  it('sets few timers between two frames', () => {
    const { clock, left, right } = quietPair();
    let timers = 0;
    for (let frame = 0; frame < 30; frame += 1) {
      left.send(message(frame, 40_000));
      clock.advance(millis(2));
      expect(right.frames).toHaveLength(201 + frame);
      if (right.endpoint.nextDeadline()! < clock.now() + millis(33)) timers += 1;
      clock.advance(millis(31));
    }
    expect(timers).toBeLessThan(4);
  });

  it('has a lost end repaired once the next frame comes', () => {
    const { clock, left, right, send, loseAnEnd } = quietPair();
    loseAnEnd();
    const sentAt = clock.now();
    left.send(message(200, 40_000));
    clock.advance(millis(33));
    expect(right.frames).toHaveLength(200);
    send(201);
    expect(right.frames).toHaveLength(202);
    const late = right.frames.find(({ data }) => data[0] === message(200, 1)[0])!;
    expect(late.arrivedAt - sentAt).toBeLessThan(millis(33 + 10));
    expect(incomingOf(right, clock.now()).givenUp).toBe(0);
  });

  it('has it repaired in time, whether a frame follows or not, where the next one would come too late', () => {
    const { clock, left, right, loseAnEnd } = quietPair(millis(95));
    loseAnEnd();
    const sentAt = clock.now();
    left.send(message(200, 40_000));
    clock.advance(seconds(1));
    expect(right.frames).toHaveLength(201);
    expect(right.frames.at(-1)!.arrivedAt - sentAt).toBeLessThan(millis(101));
  });

  it('gives up a lost end that nothing follows, where the next frame would have told in time', () => {
    const { clock, left, right, loseAnEnd } = quietPair();
    loseAnEnd();
    left.send(message(200, 40_000));
    clock.advance(seconds(2));
    expect(right.frames).toHaveLength(200);
    expect(incomingOf(right, clock.now())).toMatchObject({ givenUp: 1, pending: 0 });
  });

  it('looks at once where something was lost lately', () => {
    const { clock, left, right, send, loseAnEnd } = quietPair();
    loseAnEnd();
    for (let frame = 200; frame < 204; frame += 1) send(frame);
    loseAnEnd();
    const sentAt = clock.now();
    left.send(message(204, 40_000));
    clock.advance(millis(20));
    expect(right.frames).toHaveLength(205);
    expect(right.frames.at(-1)!.arrivedAt - sentAt).toBeLessThan(millis(10));
  });
});
