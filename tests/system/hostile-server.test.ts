import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { clientMessageSchemas, serverMessageSchemas } from '@hellohaybye/signaling';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { lies, type Action, type Ghost, type Lie, type Setting } from '../support/hostile/actions.js';
import { makeCast, type Cast } from '../support/hostile/cast.js';
import { Siege } from '../support/hostile/siege.js';
import type { Victim } from '../support/hostile/victim.js';
import { damageOf, PATIENCE_MS, recover, takeStock } from '../support/hostile/verdict.js';

// Everything that a server can do that stands between participants who are real but for their cameras: messages of each
// type that the protocol has, withheld, held back, doubled, altered, given to others, played again and invented;
// rosters that differ from one to the other; impostors with keys of their own; sockets in the way of media.

const to = fc.nat(2);
const direction = fc.constantFrom('up' as const, 'down' as const);
const lie = fc.oneof(
  { weight: 1, arbitrary: fc.constant('true' as const) },
  { weight: 2, arbitrary: fc.constantFrom(...lies) },
);
const weighted = <Do>(weight: number, arbitrary: fc.Arbitrary<Do>) => ({ weight, arbitrary });
const action: fc.Arbitrary<Action> = fc.oneof(
  weighted(
    5,
    fc.record({
      ...{ do: fc.constant('tell' as const), to, lies: fc.array(lie, { minLength: 3, maxLength: 3 }) },
      ghost: fc.constantFrom('none' as const, 'stranger' as const, 'namesake' as const),
      how: fc.constantFrom('news' as const, 'news' as const, 'room' as const, 'reconnect' as const),
    }),
  ),
  weighted(
    4,
    fc.record({
      ...{ do: fc.constant('meddle' as const), to, direction, left: fc.integer({ min: 1, max: 5 }) },
      how: fc.constantFrom(
        'withhold' as const,
        'hold' as const,
        'double' as const,
        'misdirect' as const,
        'alter' as const,
      ),
    }),
  ),
  weighted(1, fc.record({ do: fc.constant('release' as const), to })),
  weighted(4, fc.record({ do: fc.constant('replay' as const), which: fc.nat(400), to, direction })),
  weighted(
    5,
    fc.record({ do: fc.constant('invent' as const), type: fc.nat(1000), to, direction, seed: fc.nat() }),
  ),
  weighted(3, fc.record({ do: fc.constant('forge' as const), to, from: to, guess: fc.boolean() })),
  weighted(1, fc.record({ do: fc.constant('cut' as const), to, how: fc.nat(3) })),
  weighted(3, fc.record({ do: fc.constant('speak' as const) })),
  weighted(
    8,
    fc.record({ do: fc.constant('wait' as const), milliseconds: fc.constantFrom(1, 30, 100, 300) }),
  ),
);
const attack = fc.array(action, { minLength: 4, maxLength: 24 });
const places = {
  'a room with a secret': { secret: true, call: false },
  'a room without a secret': { secret: false, call: false },
  'a call by name': { secret: true, call: true },
};
type Place = keyof typeof places;
const setting = (place: Place): fc.Arbitrary<Setting> =>
  fc.record({
    ...{ secret: fc.constant(places[place].secret), call: fc.constant(places[place].call) },
    // Who is called for the first time may be the attacker: that is first contact, which is trusted.
    trust: fc.constantFrom(
      ...(['known', 'only known', ...(places[place].call ? [] : (['new'] as const))] as const),
    ),
    ...{ peacefulStart: fc.boolean(), freshServer: fc.boolean() },
    threads: fc.constantFrom(...[true, ...Array.from({ length: 9 }, () => false)]),
  });

const tally = new Map<string, number>();
let cast: Cast;
beforeAll(async () => {
  cast = await makeCast();
});

afterAll(() => {
  const file = process.env['HHB_HOSTILE_TALLY'];
  if (file !== undefined) writeFileSync(file, JSON.stringify(Object.fromEntries([...tally].sort()), null, 1));
});

/** One attack from beginning to end. */
async function withstand(how: Setting, actions: Action[], seed: number): Promise<void> {
  const told = new Set(actions.flatMap((one) => (one.do === 'tell' ? one.lies : [])));
  const siege = await Siege.begin(cast, how, told, seed);
  try {
    for (const one of actions) await siege.carryOut(one);
    const missing = await recover(siege);
    expect([...damageOf(siege), ...missing]).toEqual([]);
  } finally {
    await end(siege);
  }
}

async function end(siege: Siege): Promise<void> {
  takeStock(siege);
  for (const [what, times] of siege.tally) tally.set(what, (tally.get(what) ?? 0) + times);
  await siege.end();
}

/** One is told, of all others, what is true or the same lie. */
const tell = (to: number, about: Lie, ghost: Ghost = 'none'): Action & { do: 'tell' } => ({
  ...{ do: 'tell', to, lies: [0, 1, 2].map((at) => (at === to ? 'true' : about)), ghost, how: 'news' },
});

/** All is well before, and the same server is honest afterwards. */
const peaceful = { call: false, peacefulStart: true, freshServer: false, threads: false };

/** What an attacker gets as anybody does who comes into an open room, and what participants are told. */
const whatCame = [
  'frames of an impostor',
  'keys of an impostor taken',
  'keys that an impostor was given',
  'messages and frames that an impostor could read',
  'datagrams that passed through the attacker',
  'told not-authenticated',
  'told not-let-in',
  'secrets under way',
  'forged with a secret',
];

const RUNS = Number(process.env['HHB_HOSTILE_RUNS'] ?? 100);
const AT_ONCE = 6;

describe.each(Object.keys(places) as Place[])('in %s', (place) => {
  it('whatever a server does, nobody is heard as another, nothing is overheard, and with the truth all is well again', async () => {
    await besiege(place);
  }, 600_000);
});

// What is rare by chance, and has to be seen all the same.
describe('without luck', () => {
  it('a message of each type is made up, and with the truth all is well again', async () => {
    const types = { down: Object.keys(serverMessageSchemas), up: Object.keys(clientMessageSchemas) };
    const made = (['down', 'up'] as const).flatMap((way) =>
      types[way].map((_, type) => ({ do: 'invent', type, to: type, direction: way, seed: type }) as const),
    );
    await withstand({ ...peaceful, secret: true, trust: 'known' }, made, 1);
  }, 60_000);

  it('an impostor who comes into an open room, as anybody may, hears and is heard there as who they are', async () => {
    const siege = await Siege.begin(cast, { ...peaceful, secret: false, trust: 'new' }, new Set(), 1);
    try {
      const { came } = siege.victims[0]!;
      const { read } = siege.impostors.get('ghost')!;
      const isHeard = () => (came.get('mallory') ?? 0) > 0 && read.length > 0;
      await siege.carryOut(tell(0, 'true', 'stranger'));
      // Until keys are exchanged nobody hears anything.
      for (const since = performance.now(); !isHeard() && performance.now() - since < PATIENCE_MS;) {
        await siege.carryOut({ do: 'speak' });
        await siege.carryOut({ do: 'wait', milliseconds: 30 });
      }
      expect(isHeard()).toBe(true);
      expect(damageOf(siege)).toEqual([]);
    } finally {
      await end(siege);
    }
  });

  it('who was told errors, and that they are called otherwise, is known by their name again', async () => {
    const siege = await Siege.begin(cast, { ...peaceful, secret: true, trust: 'known' }, new Set(), 1);
    try {
      const { victims, room } = siege;
      victims.forEach(({ name, call }, at) => {
        const next = victims[(at + 1) % 3]!;
        const self = { ...next.call.others.find((one) => one.name === name)!, name: next.name };
        siege.say(name, { type: 'room', room, call: false, self, participants: call.others });
      });
      const namesNow = () => victims.map(({ call }) => call.name);
      await vi.waitFor(() => expect(namesNow()).toEqual(['ben', 'carl', 'anna']), PATIENCE_MS);
      for (const { name } of victims) siege.say(name, { type: 'error', code: 'odd', message: 'No.' });
      expect([...(await recover(siege)), ...damageOf(siege)]).toEqual([]);
    } finally {
      await end(siege);
    }
  });

  it('whose sources were said to be those of somebody else is seen again when that one has them no more', async () => {
    const siege = await Siege.begin(cast, { ...peaceful, secret: true, trust: 'known' }, new Set(), 1);
    try {
      const [anna] = siege.victims as [Victim];
      const [ben, carl] = ['ben', 'carl'].map((one) => anna.call.others.find(({ name }) => name === one)!);
      const asBen = { ...ben!, media: { ...ben!.media, streams: carl!.media.streams } };
      await siege.carryOut({ ...tell(0, 'true'), lies: ['true', 'true', 'absent'] });
      await once(anna.call, 'left');
      siege.say('anna', { type: 'participant-joined', participant: asBen });
      siege.say('anna', { type: 'participant-joined', participant: carl });
      await once(anna.call, 'joined');
      expect([...(await recover(siege)), ...damageOf(siege)]).toEqual([]);
    } finally {
      await end(siege);
    }
  });

  it('who was led to another room, where the next server finds them alone, is brought back', async () => {
    const how: Setting = { ...peaceful, freshServer: true, secret: true, trust: 'known' };
    const siege = await Siege.begin(cast, how, new Set(), 1);
    try {
      const [anna, ben] = siege.victims as [Victim, Victim];
      const self = ben.call.others.find(({ name }) => name === 'anna');
      siege.say('anna', { type: 'room', room: 'attic', call: false, self, participants: [] });
      await once(anna.call, 'moved');
      for (const to of [1, 2]) await siege.carryOut({ do: 'cut', to, how: 2 });
      expect([...(await recover(siege)), ...damageOf(siege)]).toEqual([]);
    } finally {
      await end(siege);
    }
  });
});

describe('who is lied to about somebody is told why they are not there any more', () => {
  const how: Setting = { ...peaceful, secret: true, trust: 'known' };

  it.each<[Lie, string, string]>([
    ['unprotected', 'not-let-in', 'ben'],
    ['key of impostor', 'not-let-in', 'ben'],
    ['impostor', 'not-let-in', 'ben'],
    ['swapped', 'not-let-in', 'ben'],
    ['reflected', 'not-let-in', 'ben'],
    ['renamed', 'not-let-in', 'carl'],
    ['false identity', 'not-authenticated', 'ben'],
    ['other session', 'not-secured', 'ben'],
  ])('%s: %s', async (lie, code, name) => {
    const siege = await Siege.begin(cast, how, new Set([lie]), 1);
    try {
      // What is still under way does not open any more, which is told otherwise.
      if (lie === 'other session') await siege.keysSettled();
      await siege.carryOut(tell(0, lie));
      expect(await siege.victims[0]!.isTold(code, name, PATIENCE_MS)).toBe(true);
      expect(damageOf(siege)).toEqual([]);
    } finally {
      await siege.end();
    }
  });

  it('other session, and a key that was sealed for the true one comes: not-authenticated', async () => {
    const siege = await Siege.begin(cast, how, new Set(), 1);
    try {
      const [anna, ben] = siege.victims as [Victim, Victim];
      await siege.carryOut({ ...tell(0, 'other session'), lies: ['true', 'other session', 'true'] });
      await once(anna.call, 'left');
      siege.say('anna', siege.keysFor('anna', ben.call.instance).at(-1)!);
      expect(await anna.isTold('not-authenticated', 'ben', PATIENCE_MS)).toBe(true);
      expect(damageOf(siege)).toEqual([]);
    } finally {
      await siege.end();
    }
  });

  it('what was under way when the key of an instance changed is not taken as of who is there now', async () => {
    for (const lie of ['swapped', 'other session'] as const) {
      const siege = await Siege.begin(cast, { ...how, trust: 'new' }, new Set(), 1);
      try {
        const [anna, ben] = siege.victims as [Victim, Victim];
        await siege.carryOut({ ...tell(0, lie), lies: ['true', lie, 'true'] });
        // Another key or session is somebody else, who has just come.
        await once(anna.call, 'joined');
        anna.takeLate(ben.call.instance, 'ben');
        expect(anna.lines).toEqual([]);
        await recover(siege);
        ben.write();
        await once(anna.call, 'chat');
        expect(anna.lines).toHaveLength(1);
        expect(damageOf(siege)).toEqual([]);
      } finally {
        await siege.end();
      }
    }
  });

  it('keys that do not come: not-secured', async () => {
    const siege = await Siege.begin(cast, how, new Set(), 1);
    try {
      // The others are told that nobody is there, and anna that they have gone and come back.
      for (const [to, lie] of [
        [1, 'absent'],
        [2, 'absent'],
        [0, 'absent'],
        [0, 'true'],
      ] as const)
        await siege.carryOut(tell(to, lie));
      for (const name of ['ben', 'carl']) {
        expect(await siege.victims[0]!.isTold('not-secured', name, PATIENCE_MS)).toBe(true);
      }
    } finally {
      await siege.end();
    }
  });
});

describe('a call by name, whose server', () => {
  const how: Setting = {
    ...{ secret: true, call: true, trust: 'known', peacefulStart: false, freshServer: false },
    threads: false,
  };
  /** A call in which secrets suffer something from the beginning, and then nothing any more. */
  const begin = async (
    meddling: (siege: Siege) => void,
    during: (siege: Siege, anna: Victim, ben: Victim, carl: Victim) => Promise<void>,
    lies: Lie[] = [],
  ) => {
    const siege = await Siege.begin(cast, how, new Set(lies), 1, meddling);
    try {
      await during(siege, ...(siege.victims as [Victim, Victim, Victim]));
      const missing = await recover(siege, false);
      expect([...damageOf(siege), ...missing]).toEqual([]);
    } finally {
      await siege.end();
    }
  };
  const withhold = (siege: Siege) => {
    for (const name of ['ben', 'carl']) siege.meddleWithSecrets(name, 'withhold');
  };
  const secretFor = async (siege: Siege, name: string) => {
    await vi.waitFor(() => expect(siege.secretsFor(name)).not.toEqual([]), PATIENCE_MS);
    return siege.secretsFor(name)[0]!;
  };

  it('withholds its secret: not-secured, on both sides, until it comes', async () => {
    await begin(withhold, async (_, anna, ben, carl) => {
      const told = [
        anna.isTold('not-secured', 'ben', PATIENCE_MS),
        ben.isTold('not-secured', 'anna', PATIENCE_MS),
      ];
      expect(await Promise.all([...told, carl.isTold('not-secured', 'ben', PATIENCE_MS)])).toEqual([
        true,
        true,
        true,
      ]);
      expect([anna, ben, carl].map(({ came }) => came.size)).toEqual([0, 0, 0]);
    });
  });

  it('gives secrets to whom they are not for, and says them in the name of others: not-authenticated, or nothing', async () => {
    await begin(withhold, async (siege, anna, ben, carl) => {
      const [bens, carls] = [await secretFor(siege, 'ben'), await secretFor(siege, 'carl')];
      siege.say('ben', carls);
      siege.say('carl', bens);
      siege.say('anna', bens);
      expect(await ben.isTold('not-authenticated', 'anna', PATIENCE_MS)).toBe(true);
      expect(await carl.isTold('not-authenticated', 'anna', PATIENCE_MS)).toBe(true);
      for (const from of ['ghost', carl.call.instance]) siege.say('ben', { ...bens, from });
      siege.say('carl', { ...carls, from: ben.call.instance });
      expect([anna, ben, carl].map(({ came }) => came.size)).toEqual([0, 0, 0]);
    });
  });

  it('plays the secret of an earlier call: not-authenticated', async () => {
    await begin(
      () => undefined,
      async (siege, anna, ben) => {
        const earlier = await secretFor(siege, 'ben');
        await Promise.all(siege.victims.map((victim) => victim.comeBack(siege.url)));
        withhold(siege);
        await siege.callTogether();
        await once(ben.call, 'joined');
        siege.say('ben', { ...earlier, from: anna.call.instance });
        expect(await ben.isTold('not-authenticated', 'anna', PATIENCE_MS)).toBe(true);
      },
    );
  });

  it('puts somebody else in the place of who is called, under another name: they have no secret, and no keys', async () => {
    await begin(
      withhold,
      async (siege, anna, ben, carl) => {
        for (const one of [anna, ben, carl])
          await vi.waitFor(() => expect(one.call.others).toHaveLength(2), PATIENCE_MS);
        // As who was called, in the place of these; as who calls, beside everybody.
        const [places, beside]: Lie[][] = [
          ['true', 'stranger', 'stranger'],
          ['true', 'true', 'true'],
        ];
        const tell = { do: 'tell', ghost: 'stranger', how: 'news' } as const;
        await siege.carryOut({ ...tell, to: 0, lies: places! });
        for (const to of [1, 2]) await siege.carryOut({ ...tell, to, lies: beside! });
        const told = [anna, ben, carl].map((one) => one.isTold('not-secured', 'zoe', PATIENCE_MS));
        expect(await Promise.all(told)).toEqual([true, true, true]);
      },
      ['stranger'],
    );
  });

  it('forges a secret in the name of who has called: not-authenticated', async () => {
    await begin(withhold, async (siege, _, ben) => {
      await secretFor(siege, 'ben');
      for (const guess of [true, false]) await siege.carryOut({ do: 'forge', to: 1, from: 0, guess });
      expect(await ben.isTold('not-authenticated', 'anna', PATIENCE_MS)).toBe(true);
    });
  });
});

it.runIf(RUNS >= 100)(
  'that was withstood by more than silence: all of it was tried, and much of it got somewhere',
  () => {
    const isDone = (what: string) => (tally.get(what) ?? 0) > 0;
    const inventions = [
      ...Object.keys(serverMessageSchemas).map((type) => `invented down ${type}`),
      ...Object.keys(clientMessageSchemas).map((type) => `invented up ${type}`),
    ];
    expect([...inventions, ...whatCame].filter((what) => !isDone(what))).toEqual([]);
  },
);

/** So many attacks, some at a time, for most of the time is spent waiting. The first that does damage ends it. */
async function besiege(place: Place): Promise<void> {
  let isLost = false;
  const property = fc.asyncProperty(setting(place), attack, fc.nat(), async (...siege) => {
    if (isLost) return;
    await withstand(...siege).catch((error: unknown) => {
      isLost = true;
      throw error;
    });
  });
  const runs = places[place].call ? RUNS / 6 : RUNS;
  const share = { numRuns: Math.ceil(runs / AT_ONCE), endOnFailure: true };
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => fc.assert(property, share)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
