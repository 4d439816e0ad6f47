import { expect, it } from 'vitest';
import { pageTitle } from './page-title.js';

const call = (...names: string[]) =>
  pageTitle({ room: 'call:0123', inCall: true, others: names.map((name) => ({ name })) });

it('is the room, whoever is there', () => {
  expect(pageTitle({ room: 'kitchen', others: [{ name: 'Anna' }] })).toBe('kitchen · HelloHayBye');
  expect(pageTitle({ room: undefined })).toBe('HelloHayBye');
});

it('tells with whom a call is, and never the name of its room', () => {
  expect(call()).toBe('Call · HelloHayBye');
  expect(call('Anna')).toBe('Call with Anna · HelloHayBye');
  expect(call('Anna', 'Ben')).toBe('Call with Anna and Ben · HelloHayBye');
  expect(call('Anna', 'Ben', 'Zoë', 'Eve')).toBe('Call with Anna, Ben and 2 more · HelloHayBye');
});
