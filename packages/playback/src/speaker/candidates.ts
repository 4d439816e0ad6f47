import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { pulseAnswers, type SpeakerDevice } from './list-speakers.js';
import { players, type Player, type PlayerName } from './players.js';
import type { PcmFormat } from './sink.js';

/**
 * The players that can be tried, the best first. Where a PulseAudio or PipeWire server answers that is
 * paplay: it tells its position, so that its latency stays as it is however the clocks drift. `speaker` starts
 * with a few milliseconds less, but says nothing until half a second has piled up in its buffer. Figures are
 * in the README.
 */
export async function findPlayers(
  format: PcmFormat,
  device: SpeakerDevice | undefined,
  env: NodeJS.ProcessEnv,
  only?: PlayerName[],
): Promise<Player[]> {
  const order = only ?? (await usualOrder(device, env));
  return order
    .map((name) => players[name](format, device))
    .filter((player) => player !== undefined)
    .filter((player) => (player.name === 'speaker' ? speakerIsThere() : onPath(player.command, env)));
}

async function usualOrder(device: SpeakerDevice | undefined, env: NodeJS.ProcessEnv): Promise<PlayerName[]> {
  if (process.platform !== 'linux') return ['speaker', 'ffplay'];
  const pulse = device ? device.system === 'pulse' : await pulseAnswers(env);
  return pulse ? ['paplay', 'speaker', 'aplay', 'ffplay'] : ['speaker', 'aplay', 'ffplay'];
}

/** Whether the package can be found. Whether it can be loaded is for the child to find out. */
function speakerIsThere(): boolean {
  try {
    createRequire(import.meta.url).resolve('speaker');
    return true;
  } catch {
    return false;
  }
}

function onPath(program: string, env: NodeJS.ProcessEnv): boolean {
  const suffixes = process.platform === 'win32' ? ['.exe'] : [''];
  return (env['PATH'] ?? env['Path'] ?? '').split(delimiter).some((folder) =>
    suffixes.some((suffix) => {
      try {
        accessSync(join(folder, program + suffix), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  );
}
