import type { Participant } from '@hellohaybye/signaling';
import { expect, it } from 'vitest';
import { whereTold } from './where-hosted.js';

const at = (name: string, observedAddress: string, ...addresses: string[]): Participant => ({
  ...{ id: name, instance: name, name, observedAddress, state: {} },
  media: {
    candidates: addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    ports: {},
    streams: [],
  },
});

it('looks for who says that they host at the addresses that they have, and nowhere else', () => {
  const anna = at('anna', '10.0.0.1', '10.0.0.1');
  const ben = at('ben', '10.0.0.2', '10.0.0.2', 'fd77::2', 'fe80::2', '127.0.0.1');
  expect(whereTold(ben, { port: 5007 }, anna)).toEqual(['ws://10.0.0.2:5007', 'ws://[fd77::2]:5007']);
  const pin = 'p'.repeat(43);
  expect(whereTold(ben, { port: 5007, pin }, anna)[0]).toBe(`wss://10.0.0.2:5007#${pin}`);
});

it('looks for them on this machine when both are on it', () => {
  const [anna, ben] = [at('anna', '127.0.0.1'), at('ben', '127.0.0.1', '127.0.0.1')];
  expect(whereTold(ben, { port: 5007 }, anna)).toEqual(['ws://127.0.0.1:5007']);
});
