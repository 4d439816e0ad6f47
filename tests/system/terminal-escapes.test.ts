import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { hellohaybye, quiet, root, start, startServer, type Running } from '../support/cli.js';
import { describeWith } from '../support/needs.js';
import { startHostileServer, type Say } from '../support/hostile-server.js';
import { ServerProcess } from '../support/server-process.js';

// What others say is never printed raw: a terminal must not obey it, nor show something else than was said.
const escapes = {
  'control sequences': '\x1b[31m\x1b]0;title\x07\x9b31m\x9d0;title\x9c\r\x08\nnote: all is well',
  'what turns a text around': '\u202ekcab\u202c\u2067kcab\u2069\u2028',
  'what is not seen': '\u200f\u061c\u200b\u2060\u{e0041}',
};
const cases = Object.entries(escapes);

/** Our own lines end with a line feed, and hold no other control character where there is no terminal. */
const expectHarmless = (...programs: Running[]) => {
  for (const { stdout, stderr } of programs) {
    const raw = [...(stdout + stderr).matchAll(unfit)].map(([found]) => found.codePointAt(0)!.toString(16));
    expect(raw).toEqual([]);
    expect(stdout + stderr).not.toMatch(/^note: all is well/m);
  }
};
const unfit = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

let close: () => void = () => undefined;
const hostile = async (say: Say): Promise<string> => {
  const server = await startHostileServer(say);
  close = server.close;
  return server.url;
};
afterEach(() => close());

const silent = [...quiet, '--video', 'none', '--audio', 'none', '--verbose', '--json'];
const joined = (url: string, ...more: string[]): Running =>
  hellohaybye(['join', '--server', url, '--name', 'anna', ...silent, ...more]);
const leave = async (program: Running): Promise<void> => {
  program.signal('SIGINT');
  await program.exited;
};

describe('of a server, nothing is printed raw:', () => {
  it.each(cases)('names with %s', async (_, escape) => {
    const name = `eve${escape}ning`;
    const peer = { id: 'eve', instance: 'eve', name };
    const url = await hostile((send, _socket, self) => {
      const participant = { ...self, ...peer };
      send({ type: 'participant-joined', participant });
      send({ type: 'participant-left', id: 'eve', name, reason: 'left' });
      const invitation = {
        from: peer,
        to: self,
        room: `kit${escape}chen`,
        ringing: false,
        remainingMs: 9000,
      };
      send({ type: 'invitation', invitation: { id: 'i2', ...invitation } });
      send({ type: 'invitation-ended', id: 'i2', outcome: 'cancelled' });
      send({ type: 'missed', invitation: { id: 'i3', ...invitation } });
      send({ type: 'participant-joined', participant: { ...participant, id: 'last', name: 'last' } });
    });
    const anna = joined(url);
    // Either all of it was fit to be told, or the server was found out to be none.
    await anna.printed(/last came|lost the signaling server/);
    await leave(anna);
    expectHarmless(anna);
  });

  it.each(cases)('errors, reasons and nonsense with %s', async (_, escape) => {
    const url = await hostile((send, socket) => {
      send({ type: 'error', code: 'bad-message', message: `evil${escape}` });
      send({ type: 'room-left', room: 'lobby', reason: `evil${escape}` });
      send({ type: `evil${escape}`, [`evil${escape}`]: escape });
      send(`evil${escape}`);
      socket.close(4000, `evil${escape}`);
    });
    const anna = joined(url);
    await anna.printed(/lost the signaling server/);
    await leave(anna);
    expectHarmless(anna);
  });

  it.each(cases)('the reason of its end, with %s', async (_, escape) => {
    const url = await hostile((_send, socket) => socket.close(4000, `evil${escape}`));
    const anna = joined(url);
    const [line] = await anna.printed(/.*lost the signaling server.*/);
    expect(line).toContain('evil');
    await leave(anna);
    expectHarmless(anna);
  });

  it.each(cases)('why a call is declined, with %s', async (_, escape) => {
    const url = await hostile((send) => {
      const reason = `evil${escape}`;
      send({ type: 'invitation-ended', id: 'i1', outcome: 'declined', reason });
      send({ type: 'room-left', room: 'call', reason: 'call-ended' });
    });
    const anna = hellohaybye(['call', 'ben', '--server', url, '--name', 'anna', ...silent]);
    await anna.printed(/^hellohaybye: (ben declined|Nobody answered)/m);
    await leave(anna);
    expectHarmless(anna);
  });
});

describe('of another client, nothing is printed raw:', () => {
  it.each(cases)('its name, its room and why it declines, with %s', async (_, escape) => {
    const server = await ServerProcess.start();
    close = () => void server.stop();
    const url = `ws://127.0.0.1:${server.port}`;
    const eve = await server.client();
    // The server takes no names with some of these: then there is nobody to be called.
    eve.send({ type: 'hello', requestId: 1, version: 1, name: `eve${escape}ning` });
    const isIn = (await eve.next()).type === 'welcome';
    if (isIn) {
      const media = { candidates: [], ports: {}, streams: [] };
      eve.send({ type: 'join', requestId: 2, room: `kit${escape}chen`, media });
      await eve.next();
    }
    const who = hellohaybye(['who', '--server', url]);
    await who.exited;
    expect(who.stderr.includes('eve')).toBe(isIn);
    const ben = await server.client();
    ben.send({ type: 'hello', requestId: 1, version: 1, name: 'ben' });
    await ben.next();
    const anna = hellohaybye(['call', 'ben', '--server', url, '--name', 'anna', ...silent]);
    const { invitation } = (await ben.next()) as unknown as { invitation: { id: string } };
    ben.send({ type: 'decline', requestId: 2, invitation: invitation.id, reason: `evil${escape}` });
    // What it refuses is said without.
    if ((await ben.next()).type === 'error')
      ben.send({ type: 'decline', requestId: 3, invitation: invitation.id });
    await anna.exited;
    expect(anna.stderr).toContain('ben declined');
    expectHarmless(who, anna);
  });
});

describeWith(['ffmpeg'], 'of a participant, nothing is printed raw:', () => {
  it('lines of its chat', async () => {
    const { url } = await startServer();
    const line = `evil${Object.values(escapes).join(' and ')} line`;
    // Who shows a picture is written to.
    const anna = joined(url, '--video', 'test', '--size', '160x120');
    await anna.printed(/You are anna/);
    const eve = start(process.execPath, [join(root, 'tests/support/caller.mjs'), url, 'eve', line]);
    await anna.printed(/eve: evil.* line/);
    eve.signal('SIGINT');
    await eve.exited;
    await leave(anna);
    expectHarmless(anna);
  });
});
