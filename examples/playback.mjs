// A page with two moving tiles, and a tone played to nobody. Run it after a build: node examples/playback.mjs
// Open the printed address within the three seconds that it lasts, or set SECONDS=60.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { micros } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import { openAudioOutput, openPage } from '@hellohaybye/playback';

const SECONDS = Number(process.env.SECONDS ?? 3);
const FPS = 15;
const SAMPLE_RATE = 44_100;
const BLOCK = 441;

/** One second of a test picture of ffmpeg, as JPEGs. */
function testPictures(source) {
  // The ffmpeg of the capture package, which has one as a dependency.
  const require = createRequire(fileURLToPath(new URL('../packages/capture/package.json', import.meta.url)));
  const { path } = require('@ffmpeg-installer/ffmpeg');
  const input = ['-v', 'error', '-f', 'lavfi', '-i', `${source}=size=640x480:rate=${FPS}`, '-t', '1'];
  const stream = execFileSync(path, [...input, '-c:v', 'mjpeg', '-q:v', '4', '-f', 'mjpeg', '-'], {
    maxBuffer: 1e8,
  });
  const pictures = [];
  for (let from = 0; from < stream.length;) {
    const end = stream.indexOf(Buffer.of(0xff, 0xd9), from) + 2;
    pictures.push(stream.subarray(from, end));
    from = end;
  }
  return pictures;
}

const pictures = { anna: testPictures('testsrc2'), ben: testPictures('mandelbrot') };
const page = await openPage({ title: 'playback example' });
page.setParticipant('anna', { name: 'Anna', self: true, fps: FPS, level: -20 });
page.setParticipant('ben', { name: 'Ben', muted: true, fps: FPS });
console.log(`The page is at ${page.url}`);

const output = await openAudioOutput({
  speaker: 'none',
  sampleRate: SAMPLE_RATE,
  channels: 1,
  // With more than one stream, `mix` of @hellohaybye/codec.
  mix: ([block], length) => block ?? new Int16Array(length),
});
output.addStream('anna');

const began = systemClock.now();
let shown = 0;
let sent = 0;
const timer = setInterval(() => {
  const passed = (systemClock.now() - began) / 1e6;
  for (; sent < passed * SAMPLE_RATE; sent += BLOCK) {
    const tone = (_, index) => 8000 * Math.sin((2 * Math.PI * 440 * (sent + index)) / SAMPLE_RATE);
    const samples = Int16Array.from({ length: BLOCK }, tone);
    output.push('anna', { samples, timestamp: sent, arrivedAt: micros(began + (sent * 1e6) / SAMPLE_RATE) });
  }
  for (; shown < passed * FPS; shown++) {
    for (const [id, each] of Object.entries(pictures)) page.showFrame(id, each[shown % each.length]);
  }
  if (passed >= SECONDS) void finish();
}, 10);

async function finish() {
  clearInterval(timer);
  const { played, concealed, late } = output.statistics().anna;
  await output.close();
  await page.close();
  const seconds = (played / SAMPLE_RATE).toFixed(1);
  console.log(
    `Showed ${shown} pictures each; played ${seconds} s of a tone, concealed ${concealed} samples, ${late} blocks late`,
  );
}
