// JPEG files of a given size, for programs that take nothing else.
import { createJpegCodec } from '@hellohaybye/codec';
import { seededRandom } from '@hellohaybye/core/testing';

const made = new Map();

/** Eight different pictures at quality 80, each within a few per cent of so many bytes. */
export async function jpegsOf(bytes) {
  if (!made.has(bytes)) made.set(bytes, make(bytes));
  return made.get(bytes);
}

async function make(bytes) {
  const codec = createJpegCodec();
  const [width, height] = bytes > 60_000 ? [1280, 720] : [640, 480];
  const encode = (noise, seed) => codec.encode(picture(width, height, noise, seed), { quality: 80 });
  let [low, high] = [0, 128];
  for (let step = 0; step < 8; step++) {
    const middle = (low + high) / 2;
    if ((await encode(middle, 1)).length > bytes) high = middle;
    else low = middle;
  }
  const jpegs = [];
  for (let seed = 1; seed <= 8; seed++) jpegs.push(Buffer.from(await encode(low, seed)));
  await codec.close();
  return jpegs;
}

/** A gradient with noise: the more of it, the larger the file. */
function picture(width, height, noise, seed) {
  const random = seededRandom(seed);
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < data.length; at += 3) {
    const pixel = at / 3;
    const value = 64 + (128 * (pixel % width)) / width + ((random.uint32() & 0xff) / 255 - 0.5) * noise;
    data.fill(value, at, at + 3);
  }
  return { width, height, format: 'rgb24', data };
}
