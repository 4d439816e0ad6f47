import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { emptyFolder } from '../support/cli.js';
import { describeWith } from '../support/needs.js';
import { RedisProcess } from '../support/redis-process.js';
import { Secrets } from '../support/secrets.js';
import { ServerProcess } from '../support/server-process.js';

const jwtSecret = randomBytes(24).toString('base64url');
const adminToken = randomBytes(12).toString('base64url');
const password = randomBytes(12).toString('base64url');
const instanceKey = randomBytes(16).toString('hex');

let redis: RedisProcess | undefined;
let server: ServerProcess | undefined;
afterEach(async () => {
  await server?.stop();
  await redis?.stop();
});

describeWith(['redis-server'], 'a server at its most verbose', () => {
  it('tells none of its tokens and passwords, nor those of clients, to the log, over HTTP, in Redis or a report', async () => {
    const secrets = new Secrets();
    for (const [name, secret] of Object.entries({ jwtSecret, adminToken, password, instanceKey }))
      secrets.add(name, secret);
    const folder = emptyFolder();
    const key = join(folder, 'key');
    writeFileSync(key, jwtSecret, { mode: 0o600 });
    redis = await RedisProcess.start((port) => ['--port', `${port}`, '--requirepass', password]);
    const verbose = ['--log-level', 'debug', '--verbose', '--jwt-key-file', key];
    const report = `--report-on-signal --report-signal=SIGUSR2 --report-directory=${folder}`;
    const env = { HHB_SERVER_ADMIN_TOKEN: adminToken, NODE_OPTIONS: report };
    const store = (secret: string) => ({ HHB_SERVER_STORE: redis!.url.replace('//', `//:${secret}@`) });

    // One that fails to start, with a password that is nearly right.
    const all = [...verbose, '--metrics-port', '0'];
    const failed = await ServerProcess.start(all, { ...env, ...store(`${password}x`) }).catch(String);
    expect(failed).toMatch(/it ended: hellohaybye-server: /);
    const usage = await ServerProcess.start(all, { ...env, HHB_SERVER_STORE: `http://:${password}@127.0.0.1` }).catch(String); // prettier-ignore
    expect(usage).toMatch(/HHB_SERVER_STORE/);

    server = await ServerProcess.start(all, { ...env, ...store(password) });
    const { port: metrics } = await server.line('metrics and administration');
    const tokens = {
      valid: token('hellohaybye', 60),
      expired: token('hellohaybye', -60),
      other: token('x', 60),
    };
    for (const [name, text] of Object.entries(tokens)) secrets.add(`${name} token`, text);
    const bearer = (text: string) => ({ headers: { authorization: `Bearer ${text}` } });
    const client = await server.client(bearer(tokens.valid));
    client.send({ type: 'hello', requestId: 1, version: 1, name: 'anna', instanceKey });
    const welcome = await client.next();
    secrets.add('token of a session', String(welcome['token']));
    client.send({
      type: 'join',
      requestId: 2,
      room: 'tea',
      media: { candidates: [], ports: {}, streams: [] },
    });
    await client.next();
    client.send(`{"type":"hello","instanceKey":"${instanceKey}"`);
    const reply = JSON.stringify(await client.next());
    for (const wrong of [tokens.expired, tokens.other, `${tokens.valid}x`])
      await expect(server.client(bearer(wrong))).rejects.toThrow('401');
    const remove = (text: string) => ({ method: 'DELETE', ...bearer(text) });
    const local = `http://127.0.0.1:${String(metrics)}`;
    const answers = await Promise.all([
      fetch(`http://127.0.0.1:${server.port}/`, bearer(tokens.expired)),
      fetch(`http://127.0.0.1:${server.port}/healthz`, bearer(tokens.valid)),
      fetch(`${local}/metrics`),
      fetch(`${local}/rooms/cellar`, remove(adminToken)),
      fetch(`${local}/rooms/cellar`, remove(`${adminToken}x`)),
    ]);
    const told = await Promise.all(
      answers.map(async (answer) => JSON.stringify([...answer.headers]) + (await answer.text())),
    );
    await server.refusals(2);
    server.child.kill('SIGUSR2');
    const isReport = (name: string) => /^report.*json$/.test(name);
    await expect.poll(() => server!.stderr, { timeout: 10_000 }).toContain('report completed');
    await redis.kill();
    await server.line('Redis is away: rooms and calls stay, new requests are refused');

    const reports = readdirSync(folder).filter(isReport);
    expect(reports).toHaveLength(1);
    const cmdline = `/proc/${server.child.pid}/cmdline`;
    const outputs: Record<string, string> = {
      failed: String(failed),
      usage: String(usage),
      reply,
      answers: told.join('\n'),
      log: JSON.stringify(server.log) + server.stderr,
      report: readFileSync(join(folder, reports[0]!), 'utf8'),
      redis: contentOf(redis.folder),
      arguments: existsSync(cmdline) ? readFileSync(cmdline, 'utf8') : '',
    };
    expect(outputs['redis']).toContain('anna');
    const leaks = Object.entries(outputs).map(([where, text]) => ({ where, holds: secrets.inText(text) }));
    expect(leaks.filter(({ holds }) => holds.length > 0)).toEqual([]);
    expect(secrets.names).toHaveLength(8);
  });
});

/** All that the files in a folder and below it hold. */
function contentOf(folder: string): string {
  const files = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? contentOf(path) : readFileSync(path, 'latin1');
  });
  return files.join('\n');
}

/** A JSON Web Token for an audience, good for so many seconds. */
function token(aud: string, seconds: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256' })}.${part({ aud, exp: Math.floor(Date.now() / 1000) + seconds })}`;
  return `${signed}.${createHmac('sha256', jwtSecret).update(signed).digest('base64url')}`;
}
