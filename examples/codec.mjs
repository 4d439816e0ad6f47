// Draws a picture, compresses it at three qualities, and mixes two tones.
import { createJpegCodec, measureLevel, mix, Resampler } from '@hellohaybye/codec';

const [width, height] = [640, 480];
const data = new Uint8Array(width * height * 3);
for (let i = 0; i < width * height; i++) {
  data.set([(255 * (i % width)) / width, (255 * i) / (width * height), 128 + 90 * Math.sin(i / 50)], 3 * i);
}

const codec = createJpegCodec();
for (const quality of [30, 60, 90]) {
  const jpeg = await codec.encode({ width, height, format: 'rgb24', data }, { quality });
  const back = await codec.decode(jpeg, { format: 'rgb24' });
  const error = back.data.reduce((sum, value, i) => sum + (value - data[i]) ** 2, 0) / data.length;
  const psnr = (10 * Math.log10(255 ** 2 / error)).toFixed(1);
  console.log(`quality ${quality}: ${jpeg.length} bytes, PSNR ${psnr} dB`);
}
await codec.close();

const tone = (frequency) =>
  Int16Array.from({ length: 44_100 }, (_, i) => 20_000 * Math.sin((2 * Math.PI * frequency * i) / 44_100));
const both = mix([tone(440), tone(660)], 44_100);
const resampled = new Resampler({ from: 44_100, to: 48_000 }).process(both);
console.log(`mixed: peak ${measureLevel(both).peak.toFixed(1)} dB, ${resampled.length} samples at 48 kHz`);
