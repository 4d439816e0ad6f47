import { listCaptureDevices } from '@hellohaybye/capture';
import { listSpeakers } from '@hellohaybye/playback';
import type { Command } from 'commander';
import { invocationOf, withCommonOptions } from '../program.js';
import { printable, printResult } from '../terminal.js';

interface Device {
  id: string;
  label: string;
}

export function addDevices(program: Command): void {
  const command = program
    .command('devices')
    .description('list cameras, screens, microphones and speakers, with the ids that the options take')
    .action(async () => devices(invocationOf(command).json));
  withCommonOptions(command);
}

async function devices(json: boolean): Promise<void> {
  const [capture, speakers] = await Promise.all([listCaptureDevices(), listSpeakers()]);
  const found = { ...capture, speakers };
  if (json) return printResult(found);
  const sections: [string, Device[], (id: string) => string][] = [
    ['Cameras', found.cameras, (id) => `--video camera:${id}`],
    ['Screens', found.screens, (id) => `--video screen:${id}`],
    ['Microphones', found.microphones, (id) => `--audio mic:${id}`],
    ['Speakers', found.speakers, (id) => `--speaker ${id}`],
  ];
  for (const [title, list, option] of sections) {
    const lines = list.map(({ id, label }) => `  ${option(printable(id))}  ${printable(label)}\n`);
    process.stdout.write(`${title}${lines.length === 0 ? ': none found' : ''}\n${lines.join('')}`);
  }
}
