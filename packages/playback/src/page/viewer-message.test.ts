import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseViewerMessage } from './viewer-message.js';

const parse = (value: unknown) => parseViewerMessage(JSON.stringify(value));

describe('parseViewerMessage', () => {
  it.each([
    { type: 'accept', id: 'c1' },
    { type: 'decline', id: 'c1' },
    { type: 'decline', id: 'c1', reason: 'Später 🙂' },
    { type: 'cancel', id: 'c1' },
    { type: 'call', id: 'p1' },
    { type: 'control', control: 'camera-off' },
    { type: 'control', control: 'away' },
    { type: 'control', control: 'back' },
    { type: 'chat', text: 'x'.repeat(2000) },
  ])('reads %j', (message) => {
    expect(parse(message)).toEqual(message);
  });

  it.each([
    null,
    7,
    'accept',
    [],
    {},
    { type: 'hello' },
    { type: 'accept' },
    { type: 'accept', id: 7 },
    { type: 'accept', id: '' },
    { type: 'call', id: 'x'.repeat(257) },
    { type: 'decline', id: 'c1', reason: 'x'.repeat(201) },
    { type: 'decline', id: 'c1', reason: {} },
    { type: 'control', control: 'explode' },
    { type: 'control', control: 'constructor' },
    { type: 'chat', text: 'x'.repeat(2001) },
    { type: 'chat', text: ' \n ' },
    { type: 'chat', text: 'half of a pair: \ud83d' },
    { type: 'chat', text: ['x'] },
  ])('refuses %j', (message) => {
    expect(parse(message)).toBeUndefined();
  });

  it('takes nothing over but what it knows', () => {
    expect(parse({ type: 'accept', id: 'c1', __proto__: { x: 1 }, more: 1 })).toEqual({
      type: 'accept',
      id: 'c1',
    });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseViewerMessage(text)));
  });
});
