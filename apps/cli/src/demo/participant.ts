import type { Call } from '@hellohaybye/call';
import { isHhbError, messageOf } from '@hellohaybye/core';
import type { Command } from 'commander';
import { runSession } from '../call-session.js';
import { exitCodes } from '../exit-codes.js';
import type { Ports } from './impaired-network.js';
import type { FromParticipant, ToParticipant } from './messages.js';

/** The process of one participant of the demo, told over IPC what to do; not for people. */
export function addDemoParticipant(program: Command): void {
  program.command('demo-participant', { hidden: true }).action(async () => {
    if (!process.send) throw new Error('This command is run by "hellohaybye demo" alone');
    const leaving = new AbortController();
    // Signals reach the whole process group; the demo alone decides when its participants leave. A demo
    // that is gone can't say so any more.
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
    process.on('disconnect', () => leaving.abort());
    let announce: (ports: Ports) => void = () => undefined;
    const announced = new Promise<Ports>((resolve) => (announce = resolve));
    await new Promise<void>((resolve) => {
      process.on('message', (message: ToParticipant) => {
        if (message.type === 'leave') leaving.abort();
        else if (message.type === 'announce') announce(message.ports);
        else void participate(message, announced, leaving.signal).then(resolve);
      });
    });
  });
}

async function participate(
  { call, announces, open, verbose }: ToParticipant & { type: 'start' },
  announced: Promise<Ports>,
  signal: AbortSignal,
): Promise<void> {
  const terminal = { say: (line: string) => tell({ type: 'say', line }), status: () => undefined };
  const announcedPorts = (ports: Ports): Promise<Ports> => {
    tell({ type: 'ports', ports });
    return announced;
  };
  try {
    const { participants } = await runSession({
      ...{ call: announces ? { ...call, announcedPorts } : call, open, verbose },
      welcome: false,
      terminal,
      duration: undefined,
      signal,
      onStarted(call) {
        tell({ type: 'in', pageUrl: call.pageUrl });
        tellOthers(call);
      },
      onStatus: (status) => tell({ type: 'status', status }),
    });
    tell({ type: 'report', report: participants[0]! });
  } catch (error) {
    const { code, hint } = isHhbError(error) ? error : { code: undefined, hint: undefined };
    tell({ type: 'failed', code, message: messageOf(error), hint });
    process.exitCode = exitCodes.failed;
  }
  if (process.connected) process.disconnect();
}

function tellOthers(call: Call): void {
  const count = () => tell({ type: 'others', count: call.others.length });
  call.on('joined', count);
  call.on('left', count);
  count();
}

const tell = (message: FromParticipant): void => {
  if (process.connected) process.send!(message, () => undefined);
};
