import { micros, millis } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { RoundTrip } from '../repair/round-trip.js';
import type { ControlData } from './control-packet.js';
import { MessageReceiver } from './message-receiver.js';
import { MessageSender } from './message-sender.js';

const at = (value: number) => millis(1000 + value);
const acknowledgement = (next: number, delay = 0) => ({ next, received: [0, 0] as const, delay });

function begun() {
  const roundTrip = new RoundTrip();
  const sender = new MessageSender(roundTrip, { messages: 0, packets: 0, retransmissions: 0 });
  sender.begin(5, at(0));
  sender.push(Uint8Array.of(1), at(0));
  expect(sender.next(1000, at(0))).toMatchObject({ sequenceNumber: 5, last: true, urgent: false });
  return { roundTrip, sender };
}

describe('the round trip', () => {
  it('is measured by a packet that was sent once, less what its acknowledgement waited', () => {
    const { roundTrip, sender } = begun();
    expect(sender.acknowledge(acknowledgement(6, 328), at(7))).toEqual({ messages: 1, bytes: 1 });
    expect(roundTrip.smoothed! / 1000).toBeCloseTo(2, 1);
  });

  it('is not measured by one that was sent twice: nobody knows which came', () => {
    const { roundTrip, sender } = begun();
    sender.tick(at(200));
    expect(sender.next(1000, at(200))).toMatchObject({ sequenceNumber: 5, urgent: true });
    expect(sender.acknowledge(acknowledgement(6), at(201))).toEqual({ messages: 1, bytes: 1 });
    expect(roundTrip.smoothed).toBeUndefined();
  });
});

describe('an acknowledgement', () => {
  const dueAfter = (urgent: boolean) => {
    const counts = { messages: 0, packets: 0, duplicates: 0 };
    const receiver = new MessageReceiver(5, counts, () => undefined);
    const data = { sequenceNumber: 5, fragment: Uint8Array.of(1), last: true, urgent } as ControlData;
    receiver.receive(data, at(0));
    return micros(receiver.acknowledgeBy! - at(0));
  };

  it('waits 5 ms for a message to go along with', () => {
    expect(dueAfter(false)).toBe(5000);
  });

  it('goes at once when the packet is urgent', () => {
    expect(dueAfter(true)).toBe(0);
  });
});
