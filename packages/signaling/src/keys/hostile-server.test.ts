import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostileWorld, type HostileUser } from '../test-support/hostile-world.js';
import type { KeyMember, SrtpProfile } from './agreement/types.js';
import { RoomSecret } from './room-secret.js';

// All that a server can do: tell each another roster, and give anybody any bytes in the name of anybody.
const place = fc.nat(2);
const names = fc.constantFrom('user-0', 'user-1', 'user-2', 'ghost');
const lie = fc.constantFrom(
  ...(['true', 'true', 'absent', 'ghost key', 'old session', 'swapped', 'reflected'] as const),
  ...(['fewer profiles', 'other order', 'unknown profile'] as const),
);
const [gcm, cm]: SrtpProfile[] = ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'];
const action = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('roster'),
      to: place,
      lies: fc.array(lie, { minLength: 3, maxLength: 3 }),
      ghost: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('deliver'), share: fc.double({ min: 0.3, max: 1, noNaN: true }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('play'),
      which: fc.nat(),
      to: place,
      from: names,
      flip: fc.option(fc.nat()),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('forge'),
      to: place,
      from: names,
      withSecret: fc.boolean(),
      profile: fc.constantFrom(gcm!, cm!),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait'), milliseconds: fc.constantFrom(1, 300, 1100, 5000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('restart'), to: place, room: fc.constantFrom('lobby', 'attic') }),
  },
) as fc.Arbitrary<Action>;

type Lie = typeof lie extends fc.Arbitrary<infer One> ? One : never;
type Action =
  | { do: 'roster'; to: number; lies: Lie[]; ghost: boolean }
  | { do: 'deliver'; share: number }
  | { do: 'play'; which: number; to: number; from: string; flip: number | null }
  | { do: 'forge'; to: number; from: string; withSecret: boolean; profile: SrtpProfile }
  | { do: 'wait'; milliseconds: number }
  | { do: 'restart'; to: number; room: string };

class Server {
  readonly world: HostileWorld;
  /** What the server guesses. */
  readonly guess = RoomSecret.generate();
  #delivered = 0;
  #old: KeyMember[] = [];

  constructor(
    readonly secret: RoomSecret | undefined,
    profiles?: readonly (readonly SrtpProfile[])[],
  ) {
    this.world = new HostileWorld((bytes) => new Uint8Array(randomBytes(bytes)), profiles);
  }

  async begin(): Promise<void> {
    for (const user of this.world.users) await user.begin('lobby', this.secret);
    this.#old = this.world.users.map(({ member }) => member);
    await this.honest();
  }

  /** Everybody is told the truth. */
  async honest(): Promise<void> {
    for (const user of this.world.users) {
      await user.told(this.world.users.filter((other) => other !== user).map(({ member }) => member));
    }
  }

  /** All that waits gets to where it belongs, or a share of it. */
  async deliver(share: number): Promise<void> {
    for (let rounds = 0; rounds < 4 && this.#delivered < this.world.sealed.length; rounds++) {
      const waiting = this.world.sealed.slice(this.#delivered);
      this.#delivered = this.world.sealed.length;
      for (const [at, { bytes, by, to }] of waiting.reverse().entries()) {
        if ((at * 0.618) % 1 > share) continue;
        const receiver = this.world.users.find(({ member }) => member.instance === to.instance);
        await receiver?.receive(by.instance, bytes);
      }
    }
  }

  async carryOut(action: Action): Promise<void> {
    const { users, sealed } = this.world;
    switch (action.do) {
      case 'roster':
        return users[action.to]!.told(this.#roster(users[action.to]!, action.lies, action.ghost));
      case 'deliver':
        return this.deliver(action.share);
      case 'play': {
        const bytes = Uint8Array.from(sealed[action.which % Math.max(1, sealed.length)]?.bytes ?? []);
        if (action.flip !== null && bytes.length > 0) bytes[action.flip % bytes.length]! ^= 1;
        return users[action.to]!.receive(action.from, bytes);
      }
      case 'forge': {
        const to = users[action.to]!;
        const bytes = await this.world.forge(
          to,
          action.from,
          action.withSecret ? this.guess : undefined,
          action.profile,
        );
        return to.receive(action.from, bytes);
      }
      case 'wait':
        return this.world.advance(action.milliseconds);
      case 'restart':
        return users[action.to]!.begin(action.room, this.secret);
    }
  }

  #roster(told: HostileUser, lies: Lie[], ghost: boolean): KeyMember[] {
    const { users, ghost: ghostMember } = this.world;
    const members = users.flatMap(({ member }, at): KeyMember[] => {
      const next = users[(at + 1) % users.length]!.member;
      switch (lies[at]!) {
        case 'absent':
          return [];
        case 'ghost key':
          return [{ ...ghostMember, instance: member.instance }];
        case 'old session':
          return [{ ...member, session: this.#old[at]!.session }];
        case 'swapped':
          return [{ ...next, instance: member.instance }];
        case 'reflected':
          return [{ ...told.member, instance: member.instance }];
        case 'fewer profiles':
          return [{ ...member, profiles: [cm!] }];
        case 'other order':
          return [{ ...member, profiles: [...member.profiles].reverse() }];
        case 'unknown profile':
          return [{ ...member, profiles: [...member.profiles, 'NULL_HMAC_SHA1_80'] }];
        case 'true':
          return [member];
      }
    });
    const others = members.filter(({ instance }) => instance !== told.member.instance);
    return ghost ? [...others, ghostMember] : others;
  }
}

const rooms = [
  ['with a secret', true],
  ['without a secret', false],
] as const;

describe.each(rooms)('in a room %s', (_, withSecret) => {
  const server = (profiles?: readonly (readonly SrtpProfile[])[]) =>
    new Server(withSecret ? RoomSecret.generate() : undefined, profiles);

  it('an honest server lets everybody hold the key of everybody', async () => {
    const honest = server();
    await honest.begin();
    await honest.deliver(1);
    for (const { states } of honest.world.users) expect([...states.values()]).toEqual(['secured', 'secured']);
  });

  it('no server gets a key accepted that its sender did not seal for just that receiver', async () => {
    let opened = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 20 }), async (actions) => {
        const hostile = server();
        const { world } = hostile;
        await hostile.begin();
        for (const one of actions) await hostile.carryOut(one);
        opened += world.opened;
        for (const user of world.users) {
          for (const [instance, member] of user.roster) {
            const keys = user.accepted.get(instance) ?? [];
            const state = user.states.get(instance);
            if (keys.length === 0 && member.session !== user.member.session) {
              expect(['key-missing', 'not-authenticated']).toContain(state);
            }
            if (withSecret && member.identity === world.ghost.identity) {
              expect([keys, state]).not.toContain('secured');
              expect(keys).toEqual([]);
            }
          }
        }
        if (withSecret) {
          expect(await world.readable(undefined)).toBe(0);
          expect(await world.readable(hostile.guess)).toBe(0);
        }
      }),
      { numRuns: 150 },
    );
    // Messages did get through, so the checks were made.
    expect(opened).toBeGreaterThan(500);
  }, 120_000);

  it('no server gets anybody to use a profile that they do not have, or that nobody who is real asks for', async () => {
    // Everybody prefers GCM and has both; or the last has one alone, which all have.
    const lists = fc.constantFrom([], [], [[gcm!], [gcm!], [gcm!]], [[gcm!, cm!], [gcm!, cm!], [cm!]]);
    let moved = 0;
    await fc.assert(
      fc.asyncProperty(
        lists,
        fc.array(action, { minLength: 5, maxLength: 20 }),
        async (profiles, actions) => {
          const hostile = server(profiles);
          const { users } = hostile.world;
          await hostile.begin();
          for (const one of actions) await hostile.carryOut(one);
          const isAskedFor = users.some(({ member }) => !member.profiles.includes(gcm!));
          for (const { member, sentWith, roster } of users) {
            for (const used of sentWith) expect(member.profiles).toContain(used);
            if (!isAskedFor) expect([...sentWith]).toEqual([gcm]);
            if (isAskedFor && sentWith.size > 1 && roster.size > 0) moved += 1;
          }
        },
      ),
      { numRuns: 150 },
    );
    // Where somebody does ask for another profile, it is used: so the checks were made.
    expect(moved).toBeGreaterThan(10);
  }, 120_000);

  it('who was lied to is all right again with the truth', async () => {
    const lists = fc.constantFrom([], [[gcm!, cm!], [cm!, gcm!], [cm!]], [[gcm!], [cm!, gcm!], [gcm!]]);
    await fc.assert(
      fc.asyncProperty(
        lists,
        fc.array(action, { minLength: 5, maxLength: 15 }),
        async (profiles, actions) => {
          const hostile = server(profiles);
          await hostile.begin();
          for (const one of actions) await hostile.carryOut(one);
          for (const user of hostile.world.users) {
            if (user.room !== 'lobby') await user.begin('lobby', hostile.secret);
          }
          await hostile.honest();
          for (let round = 0; round < 3; round++) {
            await hostile.world.advance(4001);
            await hostile.deliver(1);
          }
          for (const { roster, states } of hostile.world.users) {
            expect([...roster.keys()].map((instance) => states.get(instance))).toEqual([
              'secured',
              'secured',
            ]);
          }
        },
      ),
      { numRuns: 50 },
    );
  }, 120_000);
});

describe('in a room without a secret', () => {
  it('a ghost gets keys, as anybody does who comes', async () => {
    const open = new Server(undefined);
    await open.begin();
    const { world } = open;
    await world.users[0]!.told([world.ghost]);
    expect(await world.readable(undefined)).toBeGreaterThan(0);
  });
});
