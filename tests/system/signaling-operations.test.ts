import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectSignaling } from '@hellohaybye/signaling/client';
import { describeWith } from '../support/needs.js';
import { ServerProcess } from '../support/server-process.js';

const onUnix = it.skipIf(process.platform === 'win32');
let server: ServerProcess;
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'hellohaybye-server-'))));
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const get = (path: string, init: RequestInit = {}, port = server.port) =>
  fetch(`http://127.0.0.1:${port}${path}`, init);

describe('/metrics', () => {
  it('tell what happened', async () => {
    server = await ServerProcess.start();
    const [anna] = [await server.inRoom('anna', 'lobby'), await server.inRoom('ben', 'lobby')];
    anna.send('nonsense');
    const [ben] = [await server.client(), await anna.next(), await anna.next()];
    ben.send({ type: 'hello', requestId: 1, version: 1, name: 'carl' });
    await ben.next();
    anna.send({ type: 'invite', requestId: 3, to: ['carl'] });
    const { invitation } = (await ben.next()) as { invitation?: { id: string } };
    ben.send({ type: 'decline', requestId: 2, invitation: invitation?.id });
    await ben.next();
    const text = await get('/metrics').then((response) => response.text());
    for (const line of [
      'hellohaybye_calls_total{outcome="declined"} 1',
      'hellohaybye_connections 3',
      'hellohaybye_rooms 1',
      'hellohaybye_participants 2',
      'hellohaybye_messages_total{type="hello"} 3',
      'hellohaybye_messages_total{type="join"} 2',
      'hellohaybye_refused_total{code="not-json"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    // Ben's coming, and the invitation with its end.
    expect(Number(/hellohaybye_relay_seconds_count (\d+)/.exec(text)?.[1])).toBe(3);
  });

  it.each([
    ['through a proxy', { 'x-forwarded-for': '192.0.2.1' }, []],
    ['through a proxy of ours', {}, ['--trusted-proxy', '127.0.0.1']],
    ['at the clients’ port when they have one of their own', {}, ['--metrics-port', '0']],
  ])('are not there %s', async (_, headers, args) => {
    server = await ServerProcess.start(args);
    expect((await get('/metrics', { headers })).status).toBe(404);
    expect((await get('/healthz', { headers })).status).toBe(200);
  });
});

describe('administration', () => {
  const token = 'sesame-open-sesame';
  const start = async (env: Record<string, string>) => {
    server = await ServerProcess.start(['--metrics-port', '0'], env);
    return (await server.line('metrics and administration'))['port'] as number;
  };
  const authorized = { method: 'DELETE', headers: { authorization: `Bearer ${token}` } };

  it('closes a room and removes people, for who has the token', async () => {
    const port = await start({ HHB_SERVER_ADMIN_TOKEN: token });
    expect((await get('/metrics', {}, port)).status).toBe(200);
    const anna = await server.inRoom('anna', 'the lobby');
    const ben = await server.inRoom('ben', 'kitchen');
    const room = '/rooms/the%20lobby';
    expect((await get(room, { method: 'DELETE' }, port)).status).toBe(401);
    expect((await get(room, { ...authorized, headers: { authorization: 'Bearer open' } }, port)).status).toBe(
      401,
    );
    expect((await get(room, { headers: authorized.headers }, port)).status).toBe(405);
    expect((await get(room, authorized)).status).toBe(404);
    const response = await get(room, authorized, port);
    expect([response.status, await response.json()]).toEqual([200, { status: 'removed', removed: 1 }]);
    expect(await anna.closed).toBe(1008);
    expect((await get(room, authorized, port)).status).toBe(404);
    const connected = server.log.filter(({ msg }) => msg === 'client connected');
    expect((await get(`/participants/${String(connected[1]!['id'])}`, authorized, port)).status).toBe(200);
    expect(await ben.closed).toBe(1008);
    expect(JSON.stringify(server.log)).not.toContain(token);
  });

  it('is not there without a token', async () => {
    const port = await start({});
    expect((await get('/rooms/lobby', authorized, port)).status).toBe(404);
    expect((await get('/metrics', {}, port)).status).toBe(200);
  });
});

describe('access', () => {
  it('by a token that all share, which the log does not tell', async () => {
    const path = file('token', 'sesame-open-sesame\n');
    server = await ServerProcess.start(['--token-file', path, '--log-level', 'debug']);
    await server.inRoom('anna', 'lobby', { headers: { authorization: 'Bearer sesame-open-sesame' } });
    await expect(server.client()).rejects.toThrow('401');
    const headers = { authorization: 'Bearer sesame-open-sesamf' };
    await expect(server.client({ headers })).rejects.toThrow('401');
    expect(await server.refusals(2)).toMatchObject([{ code: 'token-required' }, { code: 'bad-token' }]);
    expect(JSON.stringify(server.log)).not.toContain('sesame');
  });

  it('by JSON Web Tokens', async () => {
    const secret = 'a secret of at least thirty-two characters';
    server = await ServerProcess.start(['--jwt-key-file', file('key', secret), '--jwt-audience', 'studio']);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = (aud: string) => {
      const exp = Math.floor(Date.now() / 1000) + 60;
      const signed = `${part({ alg: 'HS256' })}.${part({ aud, exp })}`;
      return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
    };
    await server.client({ headers: { authorization: `Bearer ${token('studio')}` } });
    const headers = { authorization: `Bearer ${token('elsewhere')}` };
    await expect(server.client({ headers })).rejects.toThrow('401');
  });
});

describeWith(['openssl'], 'a certificate', () => {
  const certificate = (name: string) => {
    const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const args = ['req', '-x509', ...kind, '-keyout', key, '-out', cert, ...subject];
    expect(spawnSync('openssl', args).status).toBe(0);
    return { key, cert };
  };
  /** Whose certificate the server shows, where it is trusted. */
  const shown = async (cert: string) => {
    const socket = connectTls({ port: server.port, host: '127.0.0.1', ca: readFileSync(cert) });
    await once(socket, 'secureConnect');
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return CN;
  };

  onUnix('makes it wss; SIGHUP takes another, and connections go on', async () => {
    const [one, two] = [certificate('one'), certificate('two')];
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const install = (from: { cert: string; key: string }) => {
      copyFileSync(from.cert, cert);
      copyFileSync(from.key, key);
    };
    install(one);
    server = await ServerProcess.start(['--tls-cert', cert, '--tls-key', key]);
    const anna = await server.inRoom('anna', 'lobby', { ca: readFileSync(cert) }, 'wss');
    expect(await shown(one.cert)).toBe('one');
    install(two);
    server.child.kill('SIGHUP');
    await server.line('certificate read again');
    expect(await shown(two.cert)).toBe('two');
    expect(await anna.ask(5)).toEqual({ type: 'done', requestId: 5 });
    copyFileSync(one.key, key);
    server.child.kill('SIGHUP');
    await server.line('the certificate could not be read again and stays as it was');
    expect(await shown(two.cert)).toBe('two');
    expect(await anna.ask(6)).toEqual({ type: 'done', requestId: 6 });
    // Half a TLS handshake does not hold up the end.
    const half = connectTls({ port: server.port, host: '127.0.0.1', ca: readFileSync(two.cert) });
    half.on('error', () => {});
    server.child.kill('SIGTERM');
    expect(await anna.closed).toBe(1001);
    expect(await server.exited).toBe(0);
  });

  it('that does not fit its key is told in one line', async () => {
    const [one, two] = [certificate('one'), certificate('two')];
    server = await ServerProcess.start();
    await expect(ServerProcess.start(['--tls-cert', one.cert, '--tls-key', two.key])).rejects.toThrow(
      /^it ended: hellohaybye-server: The certificate and its key can't be used: .+\n$/,
    );
  });
});

describe('SIGTERM', () => {
  onUnix('drains: not ready, no newcomers, clients told, and over by the deadline', async () => {
    server = await ServerProcess.start(['--drain-delay', '0.5', '--close-timeout', '0.5']);
    const anna = await server.inRoom('anna', 'lobby');
    const stubborn = await server.inRoom('ben', 'lobby');
    await anna.next();
    stubborn.socket.pause();
    expect((await get('/readyz')).status).toBe(200);
    const began = performance.now();
    server.child.kill('SIGTERM');
    await server.line('closing');
    expect((await get('/readyz')).status).toBe(503);
    expect((await get('/healthz')).status).toBe(200);
    await expect(server.client()).rejects.toThrow('503');
    expect(await anna.next()).toEqual({ type: 'draining', inMs: 500 });
    expect(await anna.ask(5)).toEqual({ type: 'done', requestId: 5 });
    expect(await anna.closed).toBe(1001);
    const told = performance.now() - began;
    expect(await server.exited).toBe(0);
    const took = performance.now() - began;
    expect(told).toBeGreaterThan(450);
    expect(took).toBeGreaterThan(950);
    // Half a second more than the two are, for the process itself to end on a machine that is busy.
    expect(took).toBeLessThan(1500);
    expect(await server.refusals()).toMatchObject([{ code: 'server-draining' }]);
  });

  onUnix('sends its clients to another server, one after the other', async () => {
    const next = await ServerProcess.start();
    try {
      const url = `ws://127.0.0.1:${next.port}`;
      server = await ServerProcess.start(['--drain-delay', '1', '--drain-to', url]);
      const here = `ws://127.0.0.1:${server.port}`;
      const names = ['anna', 'ben', 'carl', 'dora', 'emil'];
      const clients = await Promise.all(names.map((name) => connectSignaling({ url: here, name })));
      const media = { candidates: [], ports: {}, streams: [] };
      for (const client of clients) await client.join('lobby', media);
      const seen: string[] = [];
      const told = clients.map((client) => once(client, 'draining'));
      const arrived = clients.map(async (client) => {
        client.on('left', ({ name }) => seen.push(name));
        await once(client, 'rejoined');
        return performance.now();
      });
      server.child.kill('SIGTERM');
      for (const [draining] of await Promise.all(told)) expect(draining).toEqual({ url, inMs: 1000 });
      const times = await Promise.all(arrived);
      // Each fifth of the half second brings one.
      expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(300);
      expect(await server.exited).toBe(0);
      for (const client of clients)
        while (client.inside?.participants.length !== 4) await once(client, 'joined');
      expect(seen).toEqual([]);
      for (const client of clients) await client.close();
    } finally {
      await next.stop();
    }
  });
});
