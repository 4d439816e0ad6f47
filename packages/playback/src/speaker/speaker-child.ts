// The child process that holds `speaker`. Arguments: sample rate, channels and, if it is not the default, an
// ALSA device. Reads samples on standard input, and writes lines on standard output: `alive` when samples
// were taken, `position <samples>` when it knows how far the device is. It ends when its input does. A device
// that is missing aborts the process, which is why this is one of its own.
import { createRequire } from 'node:module';
import { messageOf } from '@hellohaybye/core';
import { checkFormat, isDeviceName } from './speaker-format.js';

interface SpeakerStream extends NodeJS.WritableStream {
  close(flush?: boolean): void;
}
type SpeakerClass = new (options: Record<string, unknown>) => SpeakerStream;

/** The buffer that `speaker` asks ALSA for, seconds. It blocks a write only when that is full. */
const ALSA_BUFFER_SECONDS = 0.5;
/** Over so much sound it is judged whether writes are blocked. */
const JUDGED_SECONDS = 0.2;
/** Writes are blocked when they take this share of the time that their sound lasts; else they take no time. */
const BLOCKED_SHARE = 0.7;

const [rateText, channelsText, device] = process.argv.slice(2);
const format = { sampleRate: Number(rateText), channels: Number(channelsText) };

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

try {
  checkFormat(format);
} catch (error) {
  fail(messageOf(error));
}
if (device !== undefined && !isDeviceName(device)) fail('not a device name');

let Speaker: SpeakerClass;
try {
  // A package that is missing, one that was not built and one for another Node: all the same to us.
  Speaker = createRequire(import.meta.url)('speaker') as SpeakerClass;
} catch (error) {
  fail(`the package speaker can't be loaded: ${messageOf(error).split('\n')[0]}`);
}

const speaker = new Speaker({ ...format, bitDepth: 16, signed: true, ...(device ? { device } : {}) });
speaker.on('error', (error) => fail(messageOf(error)));

const frameBytes = format.channels * 2;
let accepted = 0;
let judged = { seconds: 0, blocked: 0 };
let rest = Buffer.alloc(0);
process.stdin.on('data', (chunk: Buffer) => {
  const bytes = Buffer.concat([rest, chunk]);
  const whole = bytes.length - (bytes.length % frameBytes);
  rest = bytes.subarray(whole);
  if (whole === 0) return;
  process.stdin.pause();
  const began = performance.now();
  speaker.write(bytes.subarray(0, whole), () => {
    accepted += whole / frameBytes;
    judged.seconds += whole / frameBytes / format.sampleRate;
    judged.blocked += (performance.now() - began) / 1000;
    let report = 'alive';
    if (judged.seconds >= JUDGED_SECONDS) {
      // Only of ALSA is it known how much is in a full buffer.
      const full = process.platform === 'linux' && judged.blocked > judged.seconds * BLOCKED_SHARE;
      const position = Math.max(0, accepted - Math.round(ALSA_BUFFER_SECONDS * format.sampleRate));
      if (full) report = `position ${position}`;
      judged = { seconds: 0, blocked: 0 };
    }
    process.stdout.write(`${report}\n`);
    process.stdin.resume();
  });
});
process.stdin.on('end', () => process.exit(0));
process.stdin.on('error', () => process.exit(0));
process.stdout.on('error', () => process.exit(0));
