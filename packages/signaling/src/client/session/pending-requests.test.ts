import { describe, expect, it } from 'vitest';
import { micros, seconds } from '@hellohaybye/core';
import { PendingRequests } from './pending-requests.js';

const start = micros(0);
const leave = (requestId: number) => ({ type: 'leave', requestId }) as const;

describe('pending requests', () => {
  it('have ids of their own, and are taken once', () => {
    const requests = new PendingRequests(seconds(5));
    expect([requests.nextId(), requests.nextId()]).toEqual([1, 2]);
    requests.add(leave(1), start, true);
    expect(requests.take(1)?.request).toEqual(leave(1));
    expect([requests.take(1), requests.take(undefined)]).toEqual([undefined, undefined]);
  });

  it('expire when somebody waits for the reply, and those of our own do not', () => {
    const requests = new PendingRequests(seconds(5));
    requests.add(leave(1), start, false);
    requests.add(leave(2), seconds(1), true);
    expect(requests.nextDeadline()).toBe(seconds(6));
    expect(requests.expired(micros(seconds(6) - 1))).toEqual([]);
    expect(requests.expired(seconds(6)).map(({ request }) => request.requestId)).toEqual([2]);
    expect(requests.all().map(({ request }) => request.requestId)).toEqual([1]);
  });

  it('are found by type, the first one', () => {
    const requests = new PendingRequests(seconds(5));
    for (const id of [3, 4]) requests.add(leave(id), start, true);
    expect(requests.find('join', 'leave')).toEqual(leave(3));
    expect(requests.find('join')).toBeUndefined();
  });
});
