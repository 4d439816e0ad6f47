import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { takesConnection } from './takes-connection.js';

const listening = `
  const server = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

it('a process that answers nothing is there as long as it has not ended', async () => {
  const child = spawn(process.execPath, ['-e', listening], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const url = `ws://127.0.0.1:${Number(port)}`;
  child.kill('SIGSTOP');
  expect(await takesConnection(url, 5000)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await takesConnection(url, 5000)).toBe(false);
});

it('takes IPv6 and wss, and the pin of a certificate', async () => {
  const server = createServer().listen(0, '::1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await takesConnection(`wss://[::1]:${port}#${'a'.repeat(43)}`, 5000)).toBe(true);
  server.close();
});

it('a machine that is not there does not take one, nor what is no address, nor what is called off', async () => {
  // An address that no machine has (RFC 5737).
  expect(await takesConnection('ws://192.0.2.77:5000', 20)).toBe(false);
  expect(await takesConnection('nowhere', 20)).toBe(false);
  expect(await takesConnection('ws://127.0.0.1:1', 5000, AbortSignal.abort())).toBe(false);
  const calling = new AbortController();
  const taken = takesConnection('ws://192.0.2.77:5000', 60_000, calling.signal);
  calling.abort();
  expect(await taken).toBe(false);
});
