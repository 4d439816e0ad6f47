import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCertificate, pinOf } from '@hellohaybye/signaling/certificate';
import { emptyFolder, hellohaybye, quiet, root, start } from '../support/cli.js';
import { describeWith } from '../support/needs.js';
import { ServerProcess } from '../support/server-process.js';

const small = ['--video', 'test', '--size', '160x120', '--fps', '15', '--audio', 'none', '--json'];
let folder: string;
const servers: ServerProcess[] = [];
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'hellohaybye-tls-'))));
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  rmSync(folder, { recursive: true });
});
const serve = async (args: string[]): Promise<ServerProcess> => {
  const server = await ServerProcess.start(args);
  servers.push(server);
  return server;
};
const who = (server: string) => hellohaybye(['who', '--server', server, '--json', '--name', 'anna']);

describe('hellohaybye-server with a certificate of its own', () => {
  it('tells its pin, which is the same from start to start, and by which clients trust it', async () => {
    const file = join(folder, 'own', 'certificate.pem');
    const first = await serve(['--tls-self', file]);
    const { pin } = await first.line('clients pin the certificate');
    expect(pin).toBe(pinOf(readFileSync(file)));
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    await first.stop();
    const second = await serve(['--tls-self', file]);
    expect(await second.line('clients pin the certificate')).toMatchObject({ pin, file });
    const address = `wss://127.0.0.1:${second.port}`;
    const right = who(`${address}#${pin as string}`);
    expect(await right.exited).toMatchObject({ code: 0 });
    expect(right.json).toMatchObject({ ok: true, server: `${address}#${pin as string}` });

    const wrong = who(`${address}#${pinOf((await makeCertificate()).cert)}`);
    expect((await wrong.exited).code).toBe(1);
    expect(wrong.stderr).toMatch(/^hellohaybye: .*has another certificate than its pin says[^\n]*\n/);
    const none = who(address);
    expect((await none.exited).code).toBe(1);
    expect(none.stderr).toMatch(/is not trusted: self-signed certificate[^]*#<pin>/);
    expect(second.log.filter(({ msg }) => msg === 'client connected')).toHaveLength(1);
    expect(JSON.stringify([first.log, second.log])).not.toContain('PRIVATE KEY');
  });

  it.skipIf(process.platform === 'win32')(
    'reads it again on SIGHUP, and makes one where it was removed',
    async () => {
      const file = join(folder, 'certificate.pem');
      const server = await serve(['--tls-self', file]);
      const { pin } = await server.line('clients pin the certificate');
      const address = `wss://127.0.0.1:${server.port}`;
      chmodSync(file, 0o644);
      server.child.kill('SIGHUP');
      await server.line('the certificate could not be read again and stays as it was');
      expect(await who(`${address}#${pin as string}`).exited).toMatchObject({ code: 0 });
      rmSync(file);
      server.child.kill('SIGHUP');
      const { pin: other } = await server.line('certificate read again');
      expect(other).toBe(pinOf(readFileSync(file)));
      expect(other).not.toBe(pin);
      expect(await who(`${address}#${other as string}`).exited).toMatchObject({ code: 0 });
      expect(await who(`${address}#${pin as string}`).exited).toMatchObject({ code: 1 });
    },
  );

  it.skipIf(process.platform === 'win32')('does not start when others can read its key', async () => {
    const file = join(folder, 'certificate.pem');
    await (await serve(['--tls-self', file])).stop();
    chmodSync(file, 0o644);
    await expect(ServerProcess.start(['--tls-self', file])).rejects.toThrow(
      /^it ended: hellohaybye-server: Others can get at the private key in \S+certificate\.pem\. [^\n]+\n$/,
    );
  });
});

describeWith(['openssl'], 'a certificate that the system trusts', () => {
  it('is of no use where a pin says another', async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=trusted', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    expect(
      spawnSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, ...subject]).status,
    ).toBe(0);
    const server = await serve(['--tls-cert', cert, '--tls-key', key]);
    const url = `wss://127.0.0.1:${server.port}`;
    const client = pathToFileURL(join(root, 'packages/signaling/dist/client.js')).href;
    const connect = async (options: object): Promise<unknown> => {
      const script = `import { connectSignaling } from ${JSON.stringify(client)};
        const connect = connectSignaling({ url: '${url}', name: 'anna', token: 'sesame', ...${JSON.stringify(options)} });
        console.log(await connect.then(async (it) => (await it.close(), 'trusted'), ({ code }) => code));`;
      const program = start(process.execPath, ['--input-type=module', '-e', script], {
        env: { NODE_EXTRA_CA_CERTS: cert },
      });
      await program.exited;
      return program.stdout.trim();
    };
    expect(await connect({})).toBe('trusted');
    expect(await connect({ pin: pinOf(readFileSync(cert)) })).toBe('trusted');
    expect(await connect({ pin: pinOf((await makeCertificate()).cert) })).toBe('server-not-trusted');
    expect(server.log.filter(({ msg }) => msg === 'client connected')).toHaveLength(2);
  });
});

describe('join --tls', () => {
  it('hosts with TLS, and others on this machine find it, or are told where it is', async () => {
    const env = { XDG_CONFIG_HOME: emptyFolder() };
    const port = '5967';
    const anna = hellohaybye(
      ['join', '--name', 'anna', '--tls', '--signaling-port', port, ...quiet, ...small],
      { env },
    );
    await anna.printed(/You are anna/);
    const file = join(env.XDG_CONFIG_HOME, 'hellohaybye', 'server-certificate.pem');
    const address = `wss://127.0.0.1:${port}#${pinOf(readFileSync(file))}`;
    const ben = hellohaybye(['join', '--name', 'ben', '--signaling-port', port, ...quiet, ...small]);
    await ben.printed(new RegExp(`Found a server on this machine: 127\\.0\\.0\\.1:${port}\\.`));
    await ben.printed(/anna: +1\d fps/);
    const carl = hellohaybye(['join', '--name', 'carl', '--server', address, ...quiet, ...small]);
    await carl.printed(/ben: +1\d fps/);
    await anna.printed(/carl: +1\d fps/);
  });
});
