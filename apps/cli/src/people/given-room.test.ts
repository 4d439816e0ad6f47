import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { formatInvitation } from '@hellohaybye/signaling';
import { describe, expect, it } from 'vitest';
import { givenRoom, readInvitation, takeInvitation, withoutSecrets } from './given-room.js';

const secret = Uint8Array.from({ length: 32 }, (_, index) => index);
const link = formatInvitation({ host: '192.168.1.20', port: 5000, room: 'tea', secret });
const pinned = formatInvitation({ host: 'fd00::1', port: 5000, room: 'tea', secret, pin: 'A'.repeat(43) });
const nothing = { invitation: undefined, isPrivate: false };

describe('the room that is given', () => {
  it('is the lobby, or the one that is named, and open', () => {
    const open = { secret: undefined, server: undefined, pin: undefined };
    expect(givenRoom(undefined, nothing)).toEqual({ room: 'lobby', ...open });
    expect(givenRoom('tea', nothing)).toEqual({ room: 'tea', ...open });
  });

  it('is that of an invitation, wherever that comes from', () => {
    const tea = { room: 'tea', secret, server: 'ws://192.168.1.20:5000', pin: undefined };
    expect(givenRoom(link, nothing)).toEqual(tea);
    expect(givenRoom(undefined, { invitation: link, isPrivate: true })).toEqual(tea);
    expect(givenRoom('lunch', { invitation: link, isPrivate: false }).room).toBe('lunch');
    expect(givenRoom(pinned, nothing)).toMatchObject({
      server: `wss://[fd00::1]:5000#${'A'.repeat(43)}`,
      pin: 'A'.repeat(43),
    });
  });

  it('is private with a new secret each time, and a name that is not the lobby’s', () => {
    const one = givenRoom(undefined, { ...nothing, isPrivate: true });
    const other = givenRoom('tea', { ...nothing, isPrivate: true });
    expect(one.room).toMatch(/^private-[0-9a-f]{6}$/);
    expect(other.room).toBe('tea');
    expect([one.secret?.length, other.secret?.length]).toEqual([32, 32]);
    expect(one.secret).not.toEqual(other.secret);
  });

  it.each(['hellohaybye://x', 'HELLOHAYBYE://192.168.1.20:5000/tea#x'])('is not %s', (typed) =>
    expect(() => givenRoom(typed, nothing)).toThrow(expect.objectContaining({ code: 'bad-invitation-link' })),
  );
});

it('an invitation is taken out of the environment', () => {
  const env = { HHB_INVITATION: link, HHB_NAME: 'Anna' };
  expect(takeInvitation(env)).toBe(link);
  expect(env).toEqual({ HHB_NAME: 'Anna' });
  expect(takeInvitation({ HHB_INVITATION: '' })).toBeUndefined();
});

describe('an invitation on the standard input', () => {
  it.each([[`${link}\nmore`], [link], [`${link}\r\n`], [link.slice(0, 9), link.slice(9), '\n']])(
    'is its first line (%#)',
    async (...chunks) => {
      const line = await readInvitation(Readable.from(chunks));
      expect(givenRoom(undefined, { invitation: line, isPrivate: false }).room).toBe('tea');
    },
  );

  it('leaves the stream to those who read on', async () => {
    const stream = new PassThrough();
    stream.write(`${link}\n`);
    expect(await readInvitation(stream)).toBe(link);
    stream.write('m');
    expect(stream.destroyed).toBe(false);
    const [next] = (await once(stream, 'data')) as [Buffer];
    expect(String(next)).toBe('m');
  });

  it('is missed', async () =>
    await expect(readInvitation(Readable.from(['\n']))).rejects.toMatchObject({
      code: 'bad-invitation-link',
    }));

  it('is not read for ever', async () => {
    const endless = Readable.from((function* () {
      for (;;) yield 'x'.repeat(1000);
    })()); // prettier-ignore
    expect((await readInvitation(endless)).length).toBeLessThan(10_000);
  });
});

it('what is after the # of an invitation is hidden in a text', () => {
  const text = withoutSecrets(`no "${link}", nor ${pinned}. HelloHayBye:x#y z`);
  expect(text).toBe('no "hellohaybye://192.168.1.20:5000/tea#…", nor hellohaybye://[fd00::1]:5000/tea#… HelloHayBye:x#… z'); // prettier-ignore
});
