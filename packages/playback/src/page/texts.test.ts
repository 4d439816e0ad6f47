import { describe, expect, it } from 'vitest';
import { companyOf, outcomeText, statesOf } from './texts.js';

describe('texts', () => {
  it('statesOf lists what is so', () => {
    expect(statesOf({ muted: true, busy: true, away: false })).toEqual(['in a call', 'muted']);
    expect(statesOf({})).toEqual([]);
  });

  it.each([
    [undefined, [], ''],
    ['kitchen', [], 'in kitchen'],
    [undefined, ['Ben'], 'with Ben'],
    ['kitchen', ['Ben', 'Eve'], 'in kitchen, with Ben and Eve'],
    [undefined, ['Ben', 'Eve', 'Noor', 'Ida'], 'with Ben, Eve and 2 more'],
  ])('companyOf(%j, %j) is %j', (room, people, text) => {
    expect(companyOf(room, people)).toBe(text);
  });

  it('outcomeText tells of missed calls, and nothing of those that were answered here', () => {
    expect(outcomeText('Anna', 'timeout')).toBe('Missed call from Anna');
    expect(outcomeText('Anna', 'accepted')).toBe('');
  });
});
