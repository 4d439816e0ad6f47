import { micros } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import { describe, expect, it } from 'vitest';
import { Link } from './link.js';
import { presets, type PresetName } from './presets.js';

describe('presets', () => {
  it.each(Object.keys(presets) as PresetName[])('%s carries most of a call', (name) => {
    const link = new Link(presets[name], { random: seededRandom(3), start: micros(0) });
    const data = new Uint8Array(1200);
    let [packets, lost] = [0, 0];
    for (let frame = 0; frame < 3000; frame += 1) {
      for (let index = 0; index < 34; index += 1) {
        packets += 1;
        lost += link.transmit(data, micros(frame * 33_333 + index * 200)).length === 0 ? 1 : 0;
      }
    }
    expect(lost / packets).toBeLessThan(0.08);
    if (name === 'wifi-bad') expect(lost / packets).toBeGreaterThan(0.04);
    if (name === 'ethernet') expect(lost).toBe(0);
  });
});
