// JPEG encode and decode at quality 80, beside libjpeg-turbo's own tjbench where it is installed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVideo } from '@hellohaybye/capture';
import { createJpegCodec } from '@hellohaybye/codec';
import { result, time } from './lib.mjs';

const codec = createJpegCodec();
const folder = mkdtempSync(join(tmpdir(), 'hellohaybye-bench-'));
for (const [width, height] of [
  [640, 480],
  [1280, 720],
]) {
  const image = await firstFrame(width, height);
  const jpeg = await codec.encode(image, { quality: 80 });
  const size = `${width}x${height}`;
  const encodeMs = await time(() => codec.encode(image, { quality: 80 }));
  const decodeMs = await time(() => codec.decode(jpeg));
  result({ bench: 'jpeg', subject: 'ours', size, bytes: jpeg.length, encodeMs, decodeMs });
  const peer = tjbench(await codec.decode(jpeg));
  if (peer) result({ bench: 'jpeg', subject: 'tjbench', size, ...peer });
}
rmSync(folder, { recursive: true });
await codec.close();

async function firstFrame(width, height) {
  const source = await openVideo('test', { width, height, fps: 30 });
  try {
    for await (const frame of source) return frame;
  } finally {
    await source.close();
  }
}

/** The milliseconds that libjpeg-turbo's own benchmark takes for the same picture, from its frames a second. */
function tjbench({ width, height, format, data }) {
  const pixel = data.length / (width * height);
  const order = format.startsWith('b') ? [2, 1, 0] : [0, 1, 2];
  const rgb = Uint8Array.from(
    { length: width * height * 3 },
    (_, index) => data[Math.floor(index / 3) * pixel + order[index % 3]],
  );
  const file = join(folder, 'frame.ppm');
  writeFileSync(file, Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), rgb]));
  const { status, stdout } = spawnSync(
    'tjbench',
    [file, '80', '-subsamp', '420', '-benchtime', '1', '-warmup', '0.2', '-rgb'],
    { encoding: 'utf8' },
  );
  if (status !== 0) return undefined;
  const rate = (pattern) => Number(pattern.exec(stdout)?.[1]);
  const encode = rate(/Comp(?:ress)?\s*(?:-->|).*?Frame rate:\s+([\d.]+)/s);
  const decode = rate(/Decomp(?:ress)?\s*(?:-->|).*?Frame rate:\s+([\d.]+)/s);
  return {
    encodeMs: { p50: Math.round(1e6 / encode) / 1000 },
    decodeMs: { p50: Math.round(1e6 / decode) / 1000 },
  };
}
