import { describe, expect, it } from 'vitest';
import { Session } from './session.js';

/** Session numbers 1, 2, 3 ... after an offset. */
function numbers(offset = 0) {
  let last = offset;
  return { uint32: () => (last += 1) };
}

describe('a session', () => {
  it('is named by a number that is never 0', () => {
    const draws = [0, 5];
    expect(new Session({ uint32: () => draws.shift()! }).own).toBe(1);
  });

  it('begins with the first who names our number', () => {
    const session = new Session(numbers());
    expect(session.receive(50, 0, true)).toBe('unproven');
    expect(session.answer(50)).toBe(1);
    expect(session.peer).toBeUndefined();
    expect(session.receive(50, 1, false)).toBe('begun');
    expect(session.receive(50, 1, false)).toBe('current');
  });

  it('begins alike for two who greet each other at once', () => {
    const left = new Session(numbers());
    const right = new Session(numbers(50));
    expect(left.receive(right.own, 0, true)).toBe('unproven');
    expect(right.receive(left.own, 0, true)).toBe('unproven');
    expect(left.receive(right.answer(left.own), left.own, true)).toBe('begun');
    expect(right.receive(left.own, right.own, true)).toBe('begun');
    expect([left.own, left.peer]).toEqual([right.peer, right.own]);
  });

  it('goes on when somebody unknown greets, until that one proves to live', () => {
    const session = begun();
    expect(session.receive(60, 0, true)).toBe('unproven');
    const own = session.answer(60);
    expect(own).not.toBe(1);
    expect(session.answer(60)).toBe(own);
    expect(session.receive(50, 1, false)).toBe('current');
    expect(session.receive(60, own, false)).toBe('restarted');
    expect([session.own, session.peer]).toEqual([own, 60]);
    // What the earlier life sent, or was sent, is not of this one.
    expect(session.receive(50, 1, false)).toBe('unproven');
    expect(session.receive(50, 1, true)).toBe('unproven');
  });

  it('is over when the peer says in a hello that it has another number', () => {
    const session = begun();
    expect(session.receive(60, 1, false)).toBe('unproven');
    expect(session.receive(60, 1, true)).toBe('restarted');
    expect(session.peer).toBe(60);
    // The hello comes once more, or an older one does.
    expect(session.own).not.toBe(1);
    expect(session.receive(60, 1, true)).toBe('unproven');
    expect(session.receive(50, 1, true)).toBe('unproven');
  });

  it('has the number that was told the next life, however that is heard of', () => {
    const session = begun();
    session.receive(60, 0, true);
    const told = session.answer(60);
    expect(session.receive(60, 1, true)).toBe('restarted');
    expect(session.own).toBe(told);
    expect(session.receive(60, told, false)).toBe('current');
  });

  it('is not given up for a number that an earlier life was told', () => {
    const session = begun();
    expect(session.receive(60, 1, true)).toBe('restarted');
    const { own } = session;
    // The earlier life's last packet, and what the present one says to our answer.
    expect(session.receive(50, 1, false)).toBe('unproven');
    const told = session.answer(50);
    expect(session.receive(60, told, true)).toBe('unproven');
    expect(session.answer(60)).toBe(own);
    expect(session.receive(60, own, false)).toBe('current');
  });

  it('is unknown to the other side after it was renewed', () => {
    const session = begun();
    session.renew();
    expect(session.peer).toBeUndefined();
    expect(session.receive(50, 1, false)).toBe('unproven');
    expect(session.receive(50, session.own, false)).toBe('begun');
  });
});

function begun(): Session {
  const session = new Session(numbers());
  session.receive(50, 1, false);
  return session;
}
