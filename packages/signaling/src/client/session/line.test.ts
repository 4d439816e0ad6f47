import { expect, it } from 'vitest';
import { millis, type Micros } from '@hellohaybye/core';
import { Line } from './line.js';

const ms = (value: number): Micros => millis(7_000_000 + value);
const connected = (): Line => {
  const line = new Line(() => undefined, undefined);
  line.connected(1000, ms(0));
  return line;
};
const cut = [{ type: 'cut', reason: 'the server went silent' }];

/** Lets time pass until an instant. @returns what was to be done */
const pass = (line: Line, until: Micros) => {
  const done = [];
  for (let next = line.nextDeadline(); next !== undefined && next <= until; next = line.nextDeadline())
    done.push(...line.due(next));
  return done;
};

it('is cut when three pings are missing, and not before', () => {
  const line = connected();
  expect(pass(line, ms(2999))).toEqual([]);
  expect(pass(line, ms(3000))).toEqual(cut);
  expect(line.nextDeadline()).toBe(undefined);
});

it('is not cut as long as something comes', () => {
  const line = connected();
  for (let at = 2950; at < 60_000; at += 2950) {
    expect(pass(line, ms(at))).toEqual([]);
    line.heard(ms(at));
  }
});

it('is not cut because we were held up: what came meanwhile is read first', () => {
  const line = connected();
  expect(line.due(ms(30_000))).toEqual([]);
  line.heard(ms(30_001));
  expect(pass(line, ms(33_000))).toEqual([]);
  expect(pass(line, ms(33_001))).toEqual(cut);
});

it('is cut when there was nothing to be read', () => {
  const line = connected();
  expect(line.due(ms(30_000))).toEqual([]);
  expect(line.due(ms(30_099))).toEqual([]);
  expect(line.due(ms(30_100))).toEqual(cut);
});
