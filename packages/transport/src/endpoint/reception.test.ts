import { wrap } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { Reception } from './reception.js';

const take = (reception: Reception, ...numbers: number[]) =>
  numbers.map((number) => reception.receive(wrap(number, 16)));

describe('Reception', () => {
  it('counts what is missing, and uncounts what comes late', () => {
    const reception = new Reception();
    take(reception, 10, 11, 14);
    expect(reception.lost).toBe(2);
    take(reception, 12);
    expect(reception.lost).toBe(1);
    take(reception, 13);
    expect(reception.lost).toBe(0);
  });

  it('tells duplicates, also of late packets', () => {
    const reception = new Reception();
    expect(take(reception, 1, 3, 2, 2, 3, 1)).toEqual([
      'new',
      'new',
      'new',
      'duplicate',
      'duplicate',
      'duplicate',
    ]);
    expect(reception.lost).toBe(0);
  });

  it('takes a packet from before the first for the beginning', () => {
    const reception = new Reception();
    take(reception, 100, 101, 98);
    expect(reception.lost).toBe(1);
  });

  it('goes on through many wraps, whatever is skipped', () => {
    const reception = new Reception();
    let lost = 0;
    const wrong: number[] = [];
    for (let number = 65_000; number < 65_000 + 10 * 65_536; number += 1) {
      if (number % 1000 === 999) lost += 1;
      else if (reception.receive(wrap(number, 16)) !== 'new') wrong.push(number);
      if (number % 500 === 1 && reception.receive(wrap(number, 16)) !== 'duplicate') wrong.push(number);
    }
    expect(wrong).toEqual([]);
    expect(reception.lost).toBe(lost);
    expect(reception.sequenceNumber).toBe(65_000 + 10 * 65_536 - 1);
  });

  it('needs two packets in a row to believe in a jump (RFC 3550, A.1)', () => {
    const reception = new Reception();
    expect(take(reception, 5, 6, 30_000, 7, 50_000, 40_000, 40_001, 40_002)).toEqual([
      'new',
      'new',
      'jump',
      'new',
      'jump',
      'jump',
      'restart',
      'new',
    ]);
    expect(reception.lost).toBe(0);
  });

  it('keeps the count of losses through a restart', () => {
    const reception = new Reception();
    take(reception, 5, 8, 40_000, 40_001, 40_004);
    expect(reception.lost).toBe(4);
  });

  it('reports by interval: fraction of the interval, total since the start', () => {
    const reception = new Reception();
    take(reception, 65_534, 65_535, 1, 2);
    expect(reception.report()).toMatchObject({
      fractionLost: 51,
      cumulativeLost: 1,
      highestSequenceNumber: 65_538,
    });
    take(reception, 3, 4);
    expect(reception.report()).toMatchObject({
      fractionLost: 0,
      cumulativeLost: 1,
      highestSequenceNumber: 65_540,
    });
    take(reception, 4, 4);
    // RFC 3550, section 6.4.1: duplicates count as received.
    expect(reception.report()).toMatchObject({ fractionLost: 0, cumulativeLost: -1 });
  });

  it('measures jitter as RFC 3550, A.8', () => {
    const reception = new Reception();
    reception.measure(1000, 0);
    reception.measure(2016, 1000);
    expect(reception.jitter).toBe(1);
    reception.measure(3016, 2000);
    expect(reception.jitter).toBe(15 / 16);
  });
});
