import { isHhbError, messageOf } from '@hellohaybye/core';
import { localCandidates } from '@hellohaybye/signaling/client';
import {
  startSignalingServer,
  type SignalingServer,
  type SignalingServerOptions,
} from '@hellohaybye/signaling/server';
import type { Logger } from 'pino';
import { startAdmin } from './admin.js';
import { openCertificate, reloadCertificate } from './certificate.js';
import { createLogger } from './log.js';
import { Metrics } from './metrics.js';
import { serverOptions } from './server-options.js';
import { forgetSecrets, readSettings, type Settings } from './settings.js';
import { openStore } from './open-store.js';
import { Presence } from './presence.js';

/** What the program's exit codes mean. */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Runs the server until a signal ends it.
 * @param args the command line without node and script
 * @returns the exit code
 */
export async function run(args: string[], version: string): Promise<number> {
  const read = readSettings(args, process.env, version);
  forgetSecrets(process.env);
  if (!read.ok) {
    for (const problem of read.problems) process.stderr.write(`hellohaybye-server: ${problem}\n`);
    return read.problems.length > 0 ? exitCodes.usage : exitCodes.done;
  }
  const { settings } = read;
  // Whoever reads the log may go before the server does.
  process.stdout.on('error', () => {});
  const ended = endSignal();
  try {
    return await serve(settings, version, ended);
  } catch (error) {
    process.stderr.write(`hellohaybye-server: ${describe(error, settings.verbose)}\n`);
    return exitCodes.failed;
  }
}

async function serve(settings: Settings, version: string, ended: Promise<NodeJS.Signals>): Promise<number> {
  const logger = createLogger(settings);
  const metrics = new Metrics();
  const certificate = await openCertificate(settings);
  const options = serverOptions(settings, { logger, metrics, version, certificate });
  const store = await openStore(settings, logger);
  const server = await startServer({ ...options, ...(store && { store }) });
  metrics.watch(server);
  const presence = new Presence(settings, server, logger);
  const reload = () =>
    void reloadCertificate(settings, server, logger).then((read) => read && presence.announce(read.pin));
  process.on('SIGHUP', reload);
  const { metricsPort, metricsHost, adminToken } = settings;
  let admin: { close(): void } | undefined;
  const pin = certificate?.pin;
  try {
    await presence.announce(pin);
    if (metricsPort !== undefined) {
      const address = { host: metricsHost, port: metricsPort, token: adminToken };
      admin = await startAdmin({ ...address, server, metrics, logger });
    }
    const file = settings.tlsSelf;
    if (file !== undefined) logger.info({ pin, file }, 'clients pin the certificate');
    tellAddresses(server, pin, logger);
    const signal = await (store ? Promise.race([ended, store.failed]) : ended);
    if (typeof signal !== 'string') throw signal;
    logger.info({ signal }, 'closing');
    return signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.done;
  } finally {
    await Promise.all([presence.close(), server.close(settings.drainTo)]);
    admin?.close();
    process.off('SIGHUP', reload);
  }
}

/** A store that no server came to use is closed. */
async function startServer(options: SignalingServerOptions): Promise<SignalingServer> {
  try {
    return await startSignalingServer(options);
  } catch (error) {
    await options.store?.close();
    throw error;
  }
}

function tellAddresses({ host, port, url }: SignalingServer, pin: string | undefined, logger: Logger): void {
  if (host !== '0.0.0.0' && host !== '::') return;
  const [scheme] = url.split(':');
  const addresses = localCandidates()
    .filter(({ family }) => family === 4 || host === '::')
    .map(({ address, family }) => (family === 6 ? `[${address}]` : address))
    .map((place) => `${scheme}://${place}:${port}${pin === undefined ? '' : `#${pin}`}`);
  logger.info({ addresses }, 'others reach the server at one of these');
}

/** Resolves with the first signal that asks the program to end; the second ends it at once. */
function endSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let count = 0;
    const end = (signal: NodeJS.Signals) => {
      count += 1;
      if (count === 1) resolve(signal);
      else process.exit(exitCodes.interrupted);
    };
    process.on('SIGINT', end);
    process.on('SIGTERM', end);
  });
}

function describe(error: unknown, verbose: boolean): string {
  if (verbose && error instanceof Error) return error.stack ?? error.message;
  const message = messageOf(error).replace(/\s+/g, ' ');
  return isHhbError(error) && error.hint !== undefined ? `${message}. ${error.hint}` : message;
}
