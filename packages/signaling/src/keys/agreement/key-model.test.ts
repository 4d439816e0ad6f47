import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyWorld, type KeyUser } from '../../test-support/key-world.js';
import type { SrtpProfile } from './types.js';

// Random people come, go, and come back as themselves or anew, over a network that loses, repeats and
// reorders, while rosters are told late and each time in another order.
const [gcm, cm]: SrtpProfile[] = ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'] as const;
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('come' as const), who: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('go' as const), who: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), who: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), who: fc.nat(2500) }) },
);
const scenarios = fc.record({
  seed: fc.nat(),
  actions: fc.array(action, { minLength: 1, maxLength: 40 }),
  loss: fc.constantFrom(0, 0.1, 0.5),
  twice: fc.constantFrom(0, 0.3),
  delay: fc.constantFrom(0, 40, 400),
  // There is one that all have.
  lists: fc.constantFrom<(readonly SrtpProfile[])[]>([[gcm]], [[gcm], [cm, gcm], [gcm, cm]]),
});
type Scenario = typeof scenarios extends fc.Arbitrary<infer T> ? T : never;
const rosterDelay = 30;

/** Who was in the room and for how long, as others knew it. */
interface Stay {
  user: KeyUser;
  from: number;
  until: number;
}

class History {
  readonly stays: Stay[] = [];

  /** @param lists the profiles that those of each place have */
  constructor(
    readonly world: KeyWorld,
    readonly lists: (readonly SrtpProfile[])[],
  ) {}

  come(place: number): void {
    const name = `user-${place}`;
    if (this.world.inside.some(({ member }) => member.instance === name)) return;
    const gone = this.world.users.findLast(({ member }) => member.instance === name);
    // Every other time they come back in the same session.
    const again = gone && this.world.chance(0.5) ? gone : undefined;
    const user = again ?? this.world.create(name, undefined, this.lists[place % this.lists.length]);
    this.world.enter(user, rosterDelay);
    this.stays.push({ user, from: this.#now(), until: Infinity });
  }

  go(place: number): void {
    const user = this.world.inside.find(({ member }) => member.instance === `user-${place}`);
    if (!user) return;
    this.world.leave(user, rosterDelay);
    this.stays.findLast((stay) => stay.user === user)!.until = this.#now();
  }

  /** The server forgets somebody for a moment, who does not notice. */
  forget(place: number): void {
    const user = this.world.inside.find(({ member }) => member.instance === `user-${place}`);
    for (const other of user ? this.world.inside : []) {
      if (other === user || !this.world.chance(0.7)) continue;
      other.agreement.drop(user!.member.instance, this.world.clock.now());
      other.agreement.join(user!.member, this.world.clock.now());
      this.world.drain(other);
    }
  }

  #now = () => Number(this.world.clock.now());
}

/** @param apart milliseconds between what happens: without any, an instant does not tell what came first */
function play({ seed, actions, lists, ...network }: Scenario, apart = 0): History {
  const world = new KeyWorld(seed);
  world.network = network;
  const history = new History(world, lists);
  for (const { do: what, who } of actions) {
    if (what === 'wait') world.advance(who);
    else history[what](who);
    world.advance(apart);
  }
  return history;
}

describe('the agreement on keys, over any network', () => {
  it('ends with everybody holding the key of everybody, soon after the network is whole', () => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        const { world } = play(scenario);
        world.network = { loss: 0, twice: 0, delay: 20 };
        // The longest wait until a message is sent again, one way and back, and the end of what was under way.
        world.advance(4000 + 1000 + 500);
        expect(world.unread()).toEqual([]);
        const states = world.inside.flatMap((user) =>
          world.inside
            .filter((other) => other !== user)
            .map((other) => user.states.get(other.member.instance)),
        );
        expect(states.filter((state) => state !== 'secured')).toEqual([]);
        const sent = () => world.users.reduce((sum, user) => sum + user.sent.length, 0);
        world.advance(10_000);
        const before = sent();
        world.advance(60_000);
        expect(sent()).toBe(before);
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it('gives nobody a key that was in use before they came', () => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        const { stays, world } = play(scenario, 1);
        for (const stay of stays) {
          const { user } = stay;
          const first = stays.find((other) => other.user === user)!;
          if (first !== stay) continue;
          for (const other of world.users) {
            if (other === user) continue;
            const { sendKeys } = other;
            const before = sendKeys.filter((_, at) => (sendKeys[at + 1]?.from ?? Infinity) < stay.from);
            expect(before.filter(({ text }) => user.learnt.has(text))).toEqual([]);
          }
        }
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it('leaves nobody a key that is in use a second after it is known that they left', () => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        const { stays, world } = play(scenario, 1);
        world.advance(3000);
        for (const { user, until } of stays) {
          const back = stays.find((stay) => stay.user === user && stay.from > until);
          const end = back?.from ?? Infinity;
          for (const other of world.users) {
            if (other === user || until === Infinity) continue;
            const { sendKeys } = other;
            const known = sendKeys.filter(({ text }) => user.learnt.has(text));
            for (const key of known) {
              const gaveUp = sendKeys[sendKeys.indexOf(key) + 1]?.from ?? Infinity;
              const usedUntil = Math.min(gaveUp, end, leftAt(stays, other, key.from));
              if (key.from < end) expect(usedUntil).toBeLessThanOrEqual(until + (1000 + rosterDelay) * 1000);
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it('uses only what all have with whom it is agreed, whatever anybody has', () => {
    const any = fc.array(fc.constantFrom([gcm], [cm], [gcm, cm], [cm, gcm]), { minLength: 2, maxLength: 6 });
    let alone = 0;
    fc.assert(
      fc.property(scenarios, any, (scenario, lists) => {
        const { world } = play({ ...scenario, lists });
        world.network = { loss: 0, twice: 0, delay: 20 };
        world.advance(6000);
        for (const user of world.users)
          for (const { profile } of user.sendKeys) expect(user.member.profiles).toContain(profile);
        for (const user of world.inside) {
          const state = (other: KeyUser) => user.states.get(other.member.instance);
          const others = world.inside.filter((other) => other !== user);
          const fitting = others.filter((other) => state(other) !== 'no-common-profile');
          for (const other of fitting) {
            // The other one may have none left for us.
            const mutual = other.states.get(user.member.instance) !== 'no-common-profile';
            if (!mutual) continue;
            expect([state(other), other.reads(user)]).toEqual(['secured', true]);
            expect(other.member.profiles).toContain(user.sendKey.profile);
          }
          for (const other of others.filter((one) => !fitting.includes(one))) {
            const all = [user, other, ...fitting].map(({ member }) => member.profiles);
            expect([gcm, cm].filter((one) => all.every((list) => list.includes(one!)))).toEqual([]);
            expect([user.accepted.get(other.member.instance) ?? [], other.reads(user)]).toEqual([[], false]);
            alone += 1;
          }
        }
      }),
      { numRuns: 300 },
    );
    expect(alone).toBeGreaterThan(50);
  }, 60_000);

  it('accepts no key for ever: three seconds after the last change there is one and its steps', () => {
    fc.assert(
      fc.property(scenarios, fc.boolean(), (scenario, silent) => {
        const { world } = play(scenario);
        world.silent = silent;
        world.network = { loss: 0, twice: 0, delay: 20 };
        world.advance(9000);
        for (const user of world.inside) {
          for (const other of world.inside) {
            if (user === other) continue;
            const accepted = user.accepted.get(other.member.instance)!.map(({ id }) => id);
            expect([accepted[0], accepted.length]).toEqual([other.sendKey.id, 9]);
          }
          const others = world.inside.map(({ member }) => member.instance);
          const held = [...user.accepted].filter(([peer, keys]) => keys.length > 0 && !others.includes(peer));
          expect(held).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});

/** When the stay of a user in which something happened ended. */
const leftAt = (stays: Stay[], user: KeyUser, at: number): number =>
  stays.findLast((stay) => stay.user === user && stay.from <= at && at <= stay.until)?.until ?? Infinity;
