import { micros, seconds } from '@hellohaybye/core';
import type { Candidate, Participant } from '@hellohaybye/signaling';
import { describe, expect, it } from 'vitest';
import { ToldAddresses } from './told-addresses.js';

const at = (...addresses: string[]): Candidate[] => addresses.map((address) => ({ address, family: 4 }));
const cable = at('10.77.0.2');
const wifi = at('10.78.0.2');
const ben = (candidates: Candidate[], observedAddress = '10.77.0.2'): Participant => ({
  ...{ id: 'ben', instance: 'ben', name: 'Ben', state: {}, observedAddress },
  media: { candidates, ports: { video: 5001 }, streams: [] },
});
const start = micros(0);
const placesOf = ({ observedAddress, media }: Participant) => [
  observedAddress,
  ...media.candidates.map(({ address }) => address),
];

describe('what somebody tells of their addresses', () => {
  it('counts while the server says what it said before', () => {
    const told = new ToldAddresses();
    expect(told.apply(ben(cable))).toEqual(ben(cable));
    expect(told.tell(ben(cable), wifi, start)).toBe(true);
    const reconnecting = { ...ben(cable), state: { reconnecting: true } };
    expect(told.apply(reconnecting)).toEqual({ ...ben(wifi, '10.78.0.2'), state: { reconnecting: true } });
  });

  it('gives way once the server knows it, and does not come back', () => {
    const told = new ToldAddresses();
    told.tell(ben(cable), wifi, start);
    expect(told.apply(ben(wifi))).toEqual(ben(wifi));
    expect(told.apply(ben(cable))).toEqual(ben(cable));
  });

  it('gives way to something new from the server', () => {
    const told = new ToldAddresses();
    told.tell(ben(cable), wifi, start);
    const elsewhere = ben(at('10.79.0.2'), '10.79.0.2');
    expect(told.apply(elsewhere)).toEqual(elsewhere);
  });

  it('is replaced by what they tell next, however often, until the server says something else', () => {
    const told = new ToldAddresses();
    told.tell(ben(cable), wifi, start);
    told.tell(ben(cable), at('10.79.0.2'), start);
    expect(placesOf(told.apply(ben(cable)))).toEqual(['10.79.0.2', '10.79.0.2']);
    // Back where they were, as the server still has it.
    expect(told.tell(ben(cable), cable, start)).toBe(true);
    expect(told.apply(ben(cable))).toEqual(ben(cable));
  });

  it('leaves the address that the server sees them at, unless it is one that they have no more', () => {
    const told = new ToldAddresses();
    told.tell(ben(cable, '203.0.113.9'), wifi, start);
    expect(placesOf(told.apply(ben(cable, '203.0.113.9')))).toEqual(['203.0.113.9', '10.78.0.2']);
    told.forget('ben');
    told.tell(ben(cable, '::ffff:10.77.0.2'), wifi, start);
    expect(placesOf(told.apply(ben(cable, '::ffff:10.77.0.2')))).toEqual(['10.78.0.2', '10.78.0.2']);
    told.tell(ben(cable), [...wifi, ...cable], start);
    expect(placesOf(told.apply(ben(cable)))).toEqual(['10.77.0.2', '10.78.0.2', '10.77.0.2']);
  });

  it('is nothing when it is what is known', () => {
    const told = new ToldAddresses();
    expect(told.tell(ben(cable), cable, start)).toBe(false);
    told.tell(ben(cable), wifi, start);
    expect(told.tell(ben(cable), wifi, start)).toBe(false);
  });

  it('is passed over when it comes far too often', () => {
    const told = new ToldAddresses();
    const nth = (index: number) => at(`10.80.0.${index + 1}`);
    const taken = Array.from({ length: 200 }, (_, index) => told.tell(ben(cable), nth(index), start));
    expect(taken.filter(Boolean)).toHaveLength(8);
    expect(told.tell(ben(cable), nth(200), seconds(1))).toBe(true);
    // Once a second is never too often.
    for (let second = 2; second < 100; second += 1) {
      expect(told.tell(ben(cable), nth(second), seconds(second))).toBe(true);
    }
  });

  it('is forgotten with them', () => {
    const told = new ToldAddresses();
    told.tell(ben(cable), wifi, start);
    told.forget('ben');
    expect(told.apply(ben(cable))).toEqual(ben(cable));
  });
});
