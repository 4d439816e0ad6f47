import { micros } from '@hellohaybye/core';
import fc from 'fast-check';
import type { RepairFeedback } from '../repair/feedback.js';

/** A request for nothing in particular, but for what is given. */
export const feedbackWith = (fields: Partial<RepairFeedback> = {}): RepairFeedback => ({
  senderSsrc: 1,
  mediaSsrc: 7,
  request: 1,
  asks: true,
  absent: false,
  inFull: true,
  headMissing: false,
  tailMissing: false,
  timeLeft: micros(20_000),
  deadline: micros(33_000),
  shareLost: 0,
  burst: 1,
  queueDelay: micros(0),
  sequenceNumber: 0,
  ahead: 0,
  received: [],
  blocks: [],
  ...fields,
});

/** Any feedback that can be written, its numbers as the wire has them: exact there and back. */
export const anyFeedback: fc.Arbitrary<RepairFeedback> = fc
  .record({
    senderSsrc: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    mediaSsrc: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    request: fc.integer({ min: 1, max: 255 }),
    asks: fc.boolean(),
    absent: fc.boolean(),
    inFull: fc.boolean(),
    headMissing: fc.boolean(),
    tailMissing: fc.boolean(),
    timeLeft: fc.integer({ min: 0, max: 999_984 }).map(micros),
    deadline: fc.integer({ min: 0, max: 999_984 }).map(micros),
    shareLost: fc.integer({ min: 0, max: 65_535 }).map((units) => units / 65_536),
    burst: fc.integer({ min: 0, max: 255 }).map((quarters) => quarters / 4),
    queueDelay: fc.integer({ min: 0, max: 255 }).map((ms) => micros(ms * 1000)),
    sequenceNumber: fc.integer({ min: 0, max: 65_535 }),
    ahead: fc.integer({ min: 0, max: 65_535 }),
    received: fc.array(fc.boolean(), { maxLength: 300, size: 'max' }),
    blocks: fc.array(
      fc.record({
        firstSequenceNumber: fc.integer({ min: 0, max: 65_535 }),
        received: fc.integer({ min: 0, max: 255 }),
        highest: fc.integer({ min: 0, max: 255 }),
      }),
      { maxLength: 128, size: 'max' },
    ),
  })
  .map((fields) => (fields.absent ? { ...fields, received: [] } : { ...fields, ahead: 0 }));
