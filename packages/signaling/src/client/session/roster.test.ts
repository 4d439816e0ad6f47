import { beforeEach, describe, expect, it } from 'vitest';
import { micros, seconds } from '@hellohaybye/core';
import { sampleMedia } from '../../test-support/media.js';
import type { ClientEvent } from './client-events.js';
import { patience, Roster } from './roster.js';

const someone = (name: string, id = name, state = {}) => ({
  ...{ id, name, instance: `key-${name}`, state },
  observedAddress: '127.0.0.1',
  media: sampleMedia(),
});
const start = micros(0);
let roster: Roster;
let events: ClientEvent[];
const names = () => events.splice(0).map(({ name }) => name);

beforeEach(() => {
  events = [];
  roster = new Roster(
    (event) => events.push(event),
    () => 'key-me',
  );
  roster.reset([someone('anna'), someone('ben')]);
});

describe('a roster', () => {
  it('tells of each change once, and of what is the same not at all', () => {
    roster.joined(someone('carl'));
    roster.joined(someone('carl'));
    roster.updated(someone('carl', 'carl', { muted: true }));
    expect(names()).toEqual(['joined', 'updated']);
  });

  it('is of others: whoever is said to be of our own instance is not one of them', () => {
    roster.joined(someone('me', 'another id'));
    roster.reconcile([someone('anna'), someone('me'), someone('ben')], 'left');
    expect([names(), roster.participants().length]).toEqual([[], 2]);
    roster.reset([someone('me'), someone('carl')]);
    expect(roster.participants().map(({ id }) => id)).toEqual(['carl']);
  });

  it('keeps somebody who came back with another id, whatever comes late of the one before', () => {
    roster.joined(someone('anna', 'anna-2'));
    roster.left('anna', 'disconnected', start);
    roster.updated(someone('anna', 'anna', { muted: true }));
    expect(names()).toEqual(['updated']);
    expect(roster.participants().map(({ id }) => id)).toEqual(['anna-2', 'ben']);
  });

  it('waits for somebody who begins anew, and not for ever', () => {
    roster.left('anna', 'replaced', start);
    roster.expire(micros(patience(start) - 1));
    expect([names(), roster.nextDeadline()]).toEqual([[], patience(start)]);
    roster.expire(patience(start));
    expect(names()).toEqual(['left']);
  });

  it('waits no more when they come', () => {
    roster.reconcile([someone('ben')], { until: seconds(1) });
    roster.joined(someone('anna', 'anna-2'));
    roster.expire(seconds(2));
    expect(names()).toEqual(['updated']);
  });

  it('takes the server’s word for who is there', () => {
    roster.reconcile([someone('ben', 'ben', { muted: true }), someone('carl')], 'left');
    expect(names()).toEqual(['left', 'updated', 'joined']);
  });

  it('says goodbye to those who are not where we go', () => {
    roster.dropAllBut([someone('ben')]);
    expect(events).toMatchObject([{ name: 'left', value: { name: 'anna', reason: 'left' } }]);
  });
});
