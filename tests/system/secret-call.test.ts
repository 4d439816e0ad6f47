import { once } from 'node:events';
import { openCall, type Call, type Notice, type Security } from '@hellohaybye/call';
import {
  generateIdentity,
  isRoomSecret,
  openKeyMessage,
  openRoomSecret,
  type KeyMember,
  type RoomSecret,
} from '@hellohaybye/signaling/keys';
import { startSignalingServer, type SignalingServer } from '@hellohaybye/signaling/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordingProxy } from '../support/recording-proxy.js';

const port = { port: 0, fallback: true };
const own = {
  ...{ video: 'test', audio: 'none', speaker: 'none', page: false, mediaHost: '127.0.0.1' },
  ...{ width: 320, height: 240, fps: 15, quality: 70, sampleRate: 44_100, channels: 1, chunkSamples: 441 },
  ports: { video: port, audio: port },
};
interface Seen {
  type: string;
  room?: string;
  from?: string;
  data?: string;
  self?: { instance: string; media: { protection: Omit<KeyMember, 'instance'> } };
}

let server: SignalingServer;
let proxy: RecordingProxy;
const present: Call[] = [];
const notices: Notice[] = [];
async function open(name: string, answer: 'auto' | 'never', security: Security = {}): Promise<Call> {
  const onNotice = (notice: Notice) => void notices.push(notice);
  const url = `ws://127.0.0.1:${proxy.port}`;
  const call = await openCall({ ...own, server: url, name, answer, security, onNotice });
  present.push(call);
  return call;
}
/** What is told of but where media goes. */
const told = () => notices.filter(({ code }) => code !== 'path' && code !== 'unprotected');
const sees = async (one: Call, other: Call, frames = 10) => {
  for (let seen = 0; seen < frames;) {
    const [{ peer }] = (await once(one, 'frame')) as [{ peer: string }];
    if (peer === other.instance) seen += 1;
  }
};
const allSee = (...all: Call[]) =>
  Promise.all(all.flatMap((one) => all.filter((other) => other !== one).map((other) => sees(one, other))));

/** Holds all secrets back from now on. @returns what resolves when one has been */
const withholdSecrets = (): Promise<void> =>
  new Promise((resolve) => {
    proxy.withholds = (message) => {
      const { type, data = '' } = JSON.parse(message) as Seen;
      const isSecret = type === 'key' && isRoomSecret(Buffer.from(data, 'base64url'));
      if (isSecret) resolve();
      return isSecret;
    };
  });

beforeEach(async () => {
  server = await startSignalingServer({ host: '127.0.0.1', port: 0 });
  proxy = await RecordingProxy.start(server.url, {});
  notices.length = 0;
});
afterEach(async () => {
  await Promise.all(present.splice(0).map((call) => call.leave()));
  proxy.close();
  await server.close();
});

describe('a call by name', () => {
  it('has a secret, which goes to whom is called alone: without it no key opens, even for who it is sealed for', async () => {
    const [annasKey, bensKey] = [generateIdentity(), generateIdentity()];
    const anna = await open('anna', 'never', { identity: annasKey });
    const ben = await open('ben', 'auto', { identity: bensKey });
    await anna.invite(['ben']);
    await allSee(anna, ben);
    // All that the server has seen, and what ben alone has besides.
    const seen = proxy.messages.map((text) => JSON.parse(text) as Seen);
    const members = seen.flatMap(({ self }) =>
      self ? [{ instance: self.instance, ...self.media.protection }] : [],
    );
    const [sender, receiver] = [anna, ben].map(({ instance }) =>
      members.find((member) => member.instance === instance)!,
    ) as [KeyMember, KeyMember];
    const context = { room: anna.room!, sender, receiver, identity: bensKey };
    const sealed = seen
      .filter(({ from, data }) => from === anna.instance && data !== undefined)
      .map(({ data }) => Buffer.from(data!, 'base64url'));
    const secrets = sealed.filter(isRoomSecret);
    const keys = sealed.filter((one) => !isRoomSecret(one));
    const secret = (await openRoomSecret(secrets[0]!, context)) as RoomSecret;
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      await expect(openKeyMessage(key, context)).rejects.toMatchObject({ code: 'not-authenticated' });
      expect((await openKeyMessage(key, { ...context, secret })).context.withSecret).toBe(true);
    }
    expect(proxy.messages.join('')).not.toContain(secret.text());
    expect(told()).toEqual([]);
  });

  it('who is added is told the secret by who adds them, and who call each other share one', async () => {
    const [anna, ben, carl] = [
      await open('anna', 'never'),
      await open('ben', 'auto'),
      await open('carl', 'auto'),
    ];
    await anna.invite(['ben']);
    await allSee(anna, ben);
    // By the id, as a page does it.
    const { people } = await ben.who();
    await ben.invite(people.filter(({ name }) => name === 'carl').map(({ id }) => id));
    await allSee(anna, ben, carl);
    expect(told()).toEqual([]);
  });

  it('two who call each other are in one call, with one secret', async () => {
    const [anna, ben] = [await open('anna', 'auto'), await open('ben', 'auto')];
    await Promise.all([anna.invite(['ben']), ben.invite(['anna'])]);
    await allSee(anna, ben);
  });

  it('to an open room leads there, as the one who calls says', async () => {
    const [anna, ben, carl] = [
      await open('anna', 'never'),
      await open('ben', 'auto'),
      await open('carl', 'never'),
    ];
    await anna.join('tea');
    await carl.join('tea');
    await anna.invite(['ben']);
    await allSee(anna, ben, carl);
  });

  it.each(['cut off', 'forgotten'])(
    'whose members are %s before the secret has come goes on, and takes in whom anybody invites',
    async (what) => {
      const [anna, ben, carl] = [
        await open('anna', 'never'),
        await open('ben', 'auto'),
        await open('carl', 'auto'),
      ];
      const withheld = withholdSecrets();
      await Promise.all([anna.invite(['ben']), withheld]);
      const { port } = server;
      if (what === 'forgotten') await server.close();
      proxy.cut();
      if (what === 'forgotten') server = await startSignalingServer({ host: '127.0.0.1', port });
      proxy.withholds = () => false;
      await allSee(anna, ben);
      await ben.invite(['carl']);
      await allSee(anna, ben, carl);
      // Who began it is not needed for that.
      await anna.leave();
      const dora = await open('dora', 'auto');
      await carl.invite(['dora']);
      await allSee(ben, carl, dora);
      const strange = told().filter(({ code }) => !/^server-/.test(code));
      expect(strange).toEqual([]);
    },
  );

  it('whose inviter goes before the secret has come says so, and who is invited again is in it', async () => {
    const [anna, ben] = [await open('anna', 'never'), await open('ben', 'auto')];
    await anna.invite(['ben']);
    await allSee(anna, ben);
    const carl = await open('carl', 'auto');
    const withheld = withholdSecrets();
    await Promise.all([anna.invite(['carl']), withheld]);
    const gone = once(carl, 'left');
    await anna.leave();
    await gone;
    expect(told()).toEqual([
      { code: 'not-secured', message: expect.stringMatching(/^anna, whose/) as string },
    ]);
    proxy.withholds = () => false;
    await carl.leave();
    const again = await open('carl', 'auto');
    const dora = await open('dora', 'auto');
    await ben.invite(['carl', 'dora']);
    await allSee(ben, again, dora);
  });

  it('that was moved to a room has nobody in it who comes back by its name, until they are invited', async () => {
    const [anna, ben, carl] = [
      await open('anna', 'never'),
      await open('ben', 'auto'),
      await open('carl', 'auto'),
    ];
    await anna.invite(['ben', 'carl']);
    await allSee(anna, ben, carl);
    await anna.move('board');
    await Promise.all([once(ben, 'left'), carl.leave()]);
    const again = await open('carl', 'auto');
    await again.join('board');
    const isTold = () => told().some(({ message }) => message.startsWith('carl is neither seen nor heard'));
    while (!isTold()) await once(ben, 'frame');
    expect(again.others.map(({ name }) => name).sort()).toEqual(['anna', 'ben']);
    await Promise.all([once(ben, 'left'), again.leave()]);
    const invited = await open('carl', 'auto');
    await ben.invite(['carl']);
    await allSee(anna, ben, invited);
  });

  it('to a private room hands its secret on', async () => {
    const secret = Buffer.alloc(32, 5).toString('base64url');
    const [anna, ben] = [await open('anna', 'never', { secret }), await open('ben', 'auto')];
    await anna.join('tea');
    await anna.invite(['ben']);
    await allSee(anna, ben);
  });
});
