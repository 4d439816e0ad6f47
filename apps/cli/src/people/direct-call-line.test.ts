import { expect, it } from 'vitest';
import { directCallLine } from './direct-call-line.js';

it('tells who can join a direct call, and where', () => {
  expect(directCallLine({ host: undefined, port: 5000, onlyKnown: false })).toBe(
    'open call: anyone who reaches port 5000 of this machine can join',
  );
  expect(directCallLine({ host: '10.0.0.2', port: 5001, onlyKnown: true })).toBe(
    'open call: anyone who reaches port 5001 of 10.0.0.2 can join; you are in a call with those alone whom you know',
  );
});
