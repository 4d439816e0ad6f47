import { once } from 'node:events';
import { startCall, type Call, type Notice, type Security } from '@hellohaybye/call';
import { RoomSecret } from '@hellohaybye/signaling/keys';
import { startSignalingServer, type SignalingServer } from '@hellohaybye/signaling/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startServer } from '../support/cli.js';
import { neverCame } from '../support/result.js';

const [cm, gcm] = ['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'] as const;
const port = { port: 0, fallback: true };
const own = {
  ...{ video: 'test', audio: 'none', speaker: 'none', page: false, mediaHost: '127.0.0.1', room: 'tea' },
  ...{ width: 320, height: 240, fps: 15, quality: 70, sampleRate: 44_100, channels: 1, chunkSamples: 441 },
  ports: { video: port, audio: port },
};

/** Somebody in a call: whose frames came, and what they were told. */
class Participant {
  readonly notices: Notice[] = [];
  readonly #frames = new Map<string, number[]>();

  constructor(
    readonly call: Call,
    notices: Notice[],
  ) {
    this.notices = notices;
    call.on('frame', ({ peer, timestamp }) => this.framesOf(peer).push(timestamp));
  }

  static async join(name: string, server: string, security?: Security): Promise<Participant> {
    const notices: Notice[] = [];
    const onNotice = (notice: Notice) => void notices.push(notice);
    const call = await startCall({ ...own, server, name, onNotice, ...(security && { security }) });
    const participant = new Participant(call, notices);
    present.push(participant);
    return participant;
  }

  /** Who is in the roster, by name. */
  get roster(): string[] {
    return this.call.others.map(({ name }) => name).sort();
  }

  /** The timestamps of the pictures that came from somebody. */
  framesOf(peer: string): number[] {
    const frames = this.#frames.get(peer) ?? [];
    this.#frames.set(peer, frames);
    return frames;
  }

  /** Waits for so many more pictures of somebody. */
  async sees(other: Participant, frames = 1): Promise<void> {
    const wanted = this.framesOf(other.call.instance).length + frames;
    while (this.framesOf(other.call.instance).length < wanted) await once(this.call, 'frame');
  }

  /** How many pictures came from everybody. */
  get seen(): number {
    return [...this.#frames.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Waits for a notice. @param of whose name stands in it */
  async told(code: string, of?: Participant): Promise<Notice> {
    return vi.waitFor(
      () => {
        const found = this.notices.find(
          (notice) => notice.code === code && notice.message.startsWith(of?.call.name ?? ''),
        );
        if (!found) throw new Error(`not told ${code}: ${JSON.stringify(this.notices)}`);
        return found;
      },
      { timeout: 20_000, interval: 20 },
    );
  }
}

const present: Participant[] = [];
/** All see all others. */
const allSee = (all: Participant[], frames?: number) =>
  Promise.all(
    all.flatMap((one) => all.filter((other) => other !== one).map((other) => one.sees(other, frames))),
  );

describe('a call that is encrypted', () => {
  let server: SignalingServer;
  beforeEach(async () => {
    server = await startSignalingServer({ host: '127.0.0.1', port: 0 });
  });
  afterEach(async () => {
    await Promise.all(present.splice(0).map(({ call }) => call.leave()));
    await server.close();
  });

  it('a line that is written before there are keys comes with them, in its place', async () => {
    const anna = await Participant.join('anna', server.url);
    anna.call.once('joined', () => ['one', 'two'].forEach((text) => anna.call.chat(text)));
    const ben = await Participant.join('ben', server.url);
    ben.call.chat('at once');
    const heardBy = ({ call }: Participant) => {
      const lines: string[] = [];
      call.on('chat', ({ from, self, text }) => !self && lines.push(`${from}: ${text}`));
      return lines;
    };
    const heard = [heardBy(anna), heardBy(ben)] as const;
    await vi.waitFor(() => expect(heard[1]).toHaveLength(2), { timeout: 20_000, interval: 10 });
    anna.call.chat('three');
    await vi.waitFor(() => expect(heard[1]).toHaveLength(3), { timeout: 20_000, interval: 10 });
    expect(heard).toEqual([['ben: at once'], ['anna: one', 'anna: two', 'anna: three']]);
    for (const { notices } of [anna, ben]) expect(notices.map(({ code }) => code)).not.toContain('chat-lost');
  });

  it('a line for who goes before there are keys is told as lost, and one for who can have none at once', async () => {
    const anna = await Participant.join('anna', server.url, { secret: RoomSecret.generate().text() });
    anna.call.once('joined', () => anna.call.chat('one'));
    const eve = await Participant.join('eve', server.url);
    await anna.told('not-authenticated', eve);
    const lost = () => anna.notices.filter(({ code }) => code === 'chat-lost').map(({ message }) => message);
    expect(lost()).toEqual([]);
    anna.call.chat('two');
    expect(lost()).toEqual(["eve can't be written to"]);
    await eve.call.leave();
    await vi.waitFor(() => expect(lost()).toHaveLength(2), { timeout: 20_000, interval: 10 });
    expect(lost()[1]).toBe('a line did not reach eve any more');
  });

  it('who lacks the secret of a private room stands in the roster, and neither sees nor is seen', async () => {
    const security = { secret: RoomSecret.generate().text() };
    const anna = await Participant.join('anna', server.url, security);
    const ben = await Participant.join('ben', server.url, security);
    await allSee([anna, ben]);
    const eve = await Participant.join('eve', server.url);
    const mallory = await Participant.join('mallory', server.url, { secret: RoomSecret.generate().text() });
    for (const one of [anna, ben]) for (const who of [eve, mallory]) await one.told('not-authenticated', who);
    for (const one of [eve, mallory]) for (const who of [anna, ben]) await one.told('not-authenticated', who);
    expect(anna.roster).toEqual(['ben', 'eve', 'mallory']);
    expect(eve.roster).toEqual(['anna', 'ben', 'mallory']);
    // As long as it takes to see forty pictures, nobody sees one of theirs.
    await allSee([anna, ben], 40);
    for (const outside of [eve, mallory]) {
      expect(outside.seen).toBe(0);
      for (const inside of [anna, ben]) expect(inside.framesOf(outside.call.instance)).toEqual([]);
    }
  });

  it('an open room: when one of three leaves, keys change and no frame is missing between the others', async () => {
    const [anna, ben, carl] = (await Promise.all(
      ['anna', 'ben', 'carl'].map((name) => Participant.join(name, server.url)),
    )) as [Participant, Participant, Participant];
    await allSee([anna, ben, carl], 15);
    const gone = Promise.all([anna, ben].map(({ call }) => once(call, 'left')));
    await carl.call.leave();
    await gone;
    // The new keys are used within a second, and the old ones are gone a second later.
    await allSee([anna, ben], 50);
    await expectAll([anna, ben]);
  });

  it('a newcomer sees everybody, and is seen, within a second', async () => {
    const anna = await Participant.join('anna', server.url);
    const ben = await Participant.join('ben', server.url);
    await allSee([anna, ben], 15);
    const carl = await Participant.join('carl', server.url);
    const began = performance.now();
    await allSee([anna, ben, carl]);
    expect(performance.now() - began).toBeLessThan(1000);
    await allSee([anna, ben, carl], 30);
    await expectAll([anna, ben, carl]);
  });

  it('who has one profile of SRTP sees and is seen by those who prefer the other; nothing is lost between these', async () => {
    const anna = await Participant.join('anna', server.url);
    const ben = await Participant.join('ben', server.url, { profiles: [gcm, cm] });
    await allSee([anna, ben], 15);
    const carl = await Participant.join('carl', server.url, { profiles: [gcm] });
    await allSee([anna, ben, carl], 15);
    await expectAll([anna, ben, carl]);
  });

  it('two who each have another profile only are told so, and see those who have both', async () => {
    const anna = await Participant.join('anna', server.url);
    const ben = await Participant.join('ben', server.url, { profiles: [cm] });
    await allSee([anna, ben]);
    const carl = await Participant.join('carl', server.url, { profiles: [gcm] });
    const toBen = await ben.told('not-let-in', carl);
    expect(toBen.message).toBe(`carl encrypts in another way (${gcm}) and is neither seen nor heard`);
    // She could send to either, and ben was first.
    const toAnna = await anna.told('not-let-in', carl);
    expect(toAnna.message).toMatch(
      /neither seen nor heard: of the ways to encrypt that they have, not one is left/,
    );
    await allSee([anna, ben], 30);
    expect([anna, ben].map(({ roster }) => roster.includes('carl'))).toEqual([true, true]);
    expect([anna.framesOf(carl.call.instance), carl.seen]).toEqual([[], 0]);
    await ben.call.leave();
    await allSee([anna, carl], 15);
  });

  it('a profile that there is none of is refused before anything is opened', async () => {
    for (const profiles of [[], [cm, cm], ['NULL' as typeof cm]])
      await expect(Participant.join('anna', server.url, { profiles })).rejects.toMatchObject({
        code: 'bad-option',
      });
  });

  it('who is refused for their key is neither sent to nor seen, and it is told why', async () => {
    const judge = (name: string) =>
      name === 'eve'
        ? { verdict: 'changed' as const, admitted: false, reason: 'eve has another key than before' }
        : { verdict: 'known' as const, admitted: true };
    const anna = await Participant.join('anna', server.url, { judge });
    const ben = await Participant.join('ben', server.url);
    const eve = await Participant.join('eve', server.url);
    expect(await anna.told('not-let-in')).toMatchObject({ message: 'eve has another key than before' });
    // Others think otherwise of her.
    await Promise.all([allSee([anna, ben], 30), allSee([ben, eve], 30)]);
    expect(anna.roster).toEqual(['ben', 'eve']);
    expect(anna.framesOf(eve.call.instance)).toEqual([]);
    expect(eve.framesOf(anna.call.instance)).toEqual([]);
  });
});

it('without the server, keys change over the control stream when somebody leaves', async () => {
  const { server, url } = await startServer();
  try {
    const [anna, ben, carl] = (await Promise.all(
      ['anna', 'ben', 'carl'].map((name) => Participant.join(name, url)),
    )) as [Participant, Participant, Participant];
    await allSee([anna, ben, carl]);
    server.signal('SIGKILL');
    await Promise.all([anna, ben, carl].map((one) => one.told('server-lost')));
    const gone = Promise.all([anna, ben].map(({ call }) => once(call, 'left')));
    await carl.call.leave();
    await gone;
    await allSee([anna, ben], 60);
    await expectAll([anna, ben]);
  } finally {
    await Promise.all(present.splice(0).map(({ call }) => call.leave()));
  }
});

/** Ends it for them, and expects that each got every picture of each other from the first one on. */
async function expectAll(all: Participant[]): Promise<void> {
  const reports = await Promise.all(all.map(({ call }) => call.leave()));
  for (const { name, received } of reports) {
    for (const { from, video } of received.filter((one) => all.some(({ call }) => call.name === one.from))) {
      expect([neverCame(video), video.lossAfter], `${from} to ${name}`).toEqual([0, 0]);
    }
  }
}
