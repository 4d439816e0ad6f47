import { micros, millis, seconds, type Random } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import { describe, expect, it } from 'vitest';
import { usedMemory } from '../node/testing/used-memory.js';
import { serializeRtcp } from '../packet/rtcp.js';
import { serializeRtp } from '../packet/rtp.js';
import { writeFeedback } from '../repair/feedback.js';
import { REPAIR_HEADER_LENGTH, REPAIR_PAYLOAD_TYPE, writeRepairHeader } from '../repair/repair-packet.js';
import { AttackedCall, stranger } from '../testing/attacked-call.js';
import { feedbackWith } from '../testing/repair-feedback.js';

const MIB = 1024 * 1024;
/** What README.md lists for one stream: 48 MiB of incomplete frames and 24 of repair packets, and some for the rest. */
const BOUND = (48 + 24 + 8) * MIB;

/** A repair packet of the stream with SSRC 7, of a frame that no packet came of. */
function repairPacket(timestamp: number, first: number, symbol: number, bytes: number): Uint8Array {
  const payload = new Uint8Array(REPAIR_HEADER_LENGTH + bytes);
  const header = {
    sourceSsrc: 7,
    firstSequenceNumber: first,
    count: 120,
    symbol,
    request: 0,
    following: 255,
  };
  writeRepairHeader(header, payload, 0);
  return serializeRtp({
    payloadType: REPAIR_PAYLOAD_TYPE,
    sequenceNumber: symbol,
    timestamp,
    ssrc: 99,
    payload,
  });
}

/** The first fragment of a message that never ends. */
function fragment(timestamp: number, sequenceNumber: number, offset: number, bytes: number): Uint8Array {
  const payload = new Uint8Array(8 + bytes);
  payload.set([0x20, offset >> 16, offset >> 8, offset, 0, 0xff, 0xff, 0xff]);
  return serializeRtp({ payloadType: 96, sequenceNumber, timestamp, ssrc: 7, payload });
}

/** What a participant, or somebody in its name, can send that wants to be kept. */
function anything(random: Random, turn: number): Uint8Array {
  const [low, high] = [random.uint32(), random.uint32()];
  switch (turn % 5) {
    case 0:
      return fragment(low, turn & 0xffff, high % 1e6, 1100);
    case 1:
      return repairPacket(low, high & 0xffff, turn % 120, 1100);
    case 2: {
      const feedback = {
        senderSsrc: 8,
        mediaSsrc: 7,
        sequenceNumber: high & 0xffff,
        tailMissing: true,
        headMissing: true,
      };
      return serializeRtcp([writeFeedback(feedbackWith({ ...feedback, request: 1 + (turn % 255) }))]);
    }
    case 3: {
      const ntp = { seconds: high, fraction: low };
      const report = { ntp, rtpTimestamp: low, packetCount: 1, octetCount: 1, reports: [] };
      return serializeRtcp([{ type: 'sender-report', ssrc: low, ...report }]);
    }
    default:
      return serializeRtp({
        payloadType: 96,
        sequenceNumber: high & 0xffff,
        timestamp: high,
        ssrc: low,
        payload: new Uint8Array(1100),
      });
  }
}

describe('memory under attack', () => {
  it('is bounded, and flat once it is full: 200,000 datagrams that all want to be kept, in the midst of a call', () => {
    const call = new AttackedCall(1);
    const random = seededRandom(2);
    call.calm(10);
    const before = usedMemory();
    const used: number[] = [];
    for (let turn = 0; turn < 200_000; turn += 1) {
      const side = turn % 3 === 0 ? call.left : call.right;
      side.inject(anything(random, turn), turn % 2 === 0 ? side.other.address : stranger);
      // Ten thousand a second, and thirty frames.
      if (turn % 330 === 0) call.left.send('video', 5, 30_000);
      if (turn % 10 === 0) call.clock.advance(millis(1));
      call.left.frames.length = 0;
      call.right.frames.length = 0;
      if (turn % 50_000 === 49_999) used.push(usedMemory() - before);
    }
    for (const bytes of used) expect(bytes).toBeLessThan(BOUND);
    expect(used[3]! - used[1]!).toBeLessThan(4 * MIB);
    call.clock.advance(seconds(3));
    expect(call.calm()).toEqual([20, 20]);
  }, 60_000);

  it('of repair packets for frames that nothing else came of: 24 MiB', () => {
    const call = new AttackedCall(1);
    call.calm(3);
    const sent = call.recorded.findLast((data) => data[1]! % 128 === 96 && data[11] === 7)!;
    const view = new DataView(sent.buffer);
    const [sequenceNumber, timestamp] = [view.getUint16(2), view.getUint32(4)];
    const before = usedMemory();
    for (let frame = 0; frame < 60; frame += 1) {
      for (let symbol = 0; symbol < 100; symbol += 1) {
        const at = [timestamp + 1 + frame, (sequenceNumber + 200 * frame) & 0xffff] as const;
        call.right.inject(repairPacket(...at, symbol, 60_000), call.left.address);
      }
    }
    const used = usedMemory() - before;
    expect(used).toBeLessThan(30 * MIB);
    // So much is kept that the bound is what holds it.
    expect(used).toBeGreaterThan(20 * MIB);
    call.clock.advance(micros(5e6));
    call.calm();
    // What a call keeps anyway, and none of that.
    expect(usedMemory() - before).toBeLessThan(used / 3);
  }, 60_000);
});
