import { drawText } from './digits.js';

/** The size and speed of a test picture. */
export interface PictureShape {
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
  /** Frames a second. */
  fps: number;
}

/**
 * Draws frame `number` of the moving test picture, the same for the same arguments: colour bars that drift,
 * a ball that swings, the time since the beginning, and the frame's number, also as a row of black and
 * white fields that `readTestPicture` reads even after lossy coding.
 * @returns bgr0, width x height x 4 bytes, in memory of its own
 */
export function drawTestPicture(number: number, { width, height, fps }: PictureShape): Uint8Array {
  const pixels = new Uint32Array(width * height);
  const time = number / fps;
  drawBars(pixels, width, Math.round(height * barsEnd), Math.round((time * width) / 8));
  drawRamp(pixels, width, Math.round(height * barsEnd), height);
  drawBall(pixels, width, height, time);
  const scale = Math.max(1, Math.round(height / 120));
  const clock = `${pad(time / 60)}:${pad(time % 60)}.${Math.floor((time % 1) * 10)}`;
  drawText(pixels, width, clock, { x: 4 * scale, y: 4 * scale, scale });
  drawText(pixels, width, String(number), { x: 4 * scale, y: Math.round(height * 0.7), scale: 2 * scale });
  drawCode(pixels, width, height, number);
  return new Uint8Array(pixels.buffer);
}

/**
 * The number of the frame that a test picture shows, modulo 65536.
 * @param image bgr0, the size it was drawn in, or with its sides padded to multiples of 8
 * @param height that it was drawn in; default: the image's
 * @returns undefined when it is none, or one that was damaged
 */
export function readTestPicture(
  image: { width: number; height: number; data: Uint8Array },
  drawn: { width: number; height: number } = image,
): number | undefined {
  const { size, tall, y } = codePlace(drawn.width, drawn.height);
  let bits = 0;
  for (let field = 0; field < codeFields; field++) {
    const at = (Math.floor(y + tall / 2) * image.width + middleOf(field, size)) * 4;
    const light = ((image.data[at] ?? 0) + (image.data[at + 1] ?? 0) + (image.data[at + 2] ?? 0)) / 3;
    if (light > 64 && light < 192) return undefined;
    bits = bits * 2 + (light > 128 ? 1 : 0);
  }
  const number = Math.floor(bits / 16) % 65_536;
  return bits === codeOf(number) ? number : undefined;
}

function drawBars(pixels: Uint32Array, width: number, height: number, shift: number): void {
  for (let x = 0; x < width; x++) {
    const place = ((x + shift) % width) / width;
    pixels[x] = bars[Math.floor(place * bars.length)] as number;
  }
  for (let y = 1; y < height; y++) pixels.copyWithin(y * width, 0, width);
}

/** From black to white: shows what happens to fine steps. */
function drawRamp(pixels: Uint32Array, width: number, from: number, to: number): void {
  for (let x = 0; x < width; x++) pixels[from * width + x] = grey(Math.floor((255 * x) / width));
  for (let y = from + 1; y < to; y++) pixels.copyWithin(y * width, from * width, (from + 1) * width);
}

function drawBall(pixels: Uint32Array, width: number, height: number, time: number): void {
  const radius = Math.floor(Math.min(width, height) / 10);
  const centreX = width / 2 + (width / 2 - radius) * Math.sin(time * 1.7);
  const centreY = height * 0.35 + (height * 0.35 - radius) * Math.sin(time * 2.3);
  for (let dy = -radius; dy <= radius; dy++) {
    const y = Math.round(centreY) + dy;
    const half = Math.round(Math.sqrt(radius * radius - dy * dy));
    const x = Math.round(centreX);
    if (y < 0 || y >= height) continue;
    pixels.fill(ballColour, y * width + Math.max(0, x - half), y * width + Math.min(width, x + half));
  }
}

/** One light field, the number's 16 bits, four bits that check them. */
function drawCode(pixels: Uint32Array, width: number, height: number, number: number): void {
  const { size, tall, y } = codePlace(width, height);
  const bits = codeOf(number % 65_536);
  for (let row = y; row < y + tall; row++) {
    for (let field = 0; field < codeFields; field++) {
      const colour = Math.floor(bits / 2 ** (codeFields - 1 - field)) % 2 === 1 ? white : black;
      const [start, end] = [Math.floor(field * size), Math.floor((field + 1) * size)];
      pixels.fill(colour, row * width + start, row * width + end);
    }
  }
}

const codeOf = (number: number): number => {
  const check = (number ^ (number >> 4) ^ (number >> 8) ^ (number >> 12) ^ 0b1010) & 0b1111;
  return 2 ** 20 + number * 16 + check;
};

const middleOf = (field: number, size: number): number =>
  Math.floor((Math.floor(field * size) + Math.floor((field + 1) * size)) / 2);

/** How wide a field is, how high the row is, and where it begins: at the lower edge. */
const codePlace = (width: number, height: number): { size: number; tall: number; y: number } => {
  const size = width / codeFields;
  const tall = Math.ceil(Math.min(size, height / 6));
  return { size, tall, y: height - tall };
};

const pad = (value: number): string => String(Math.floor(value)).padStart(2, '0');
const pixel = (red: number, green: number, blue: number): number => (red << 16) | (green << 8) | blue;
const grey = (light: number): number => pixel(light, light, light);
const white = grey(255);
const black = grey(0);
const ballColour = pixel(250, 250, 240);
const codeFields = 21;
const barsEnd = 0.68;
const bars = [
  pixel(190, 190, 190),
  pixel(190, 190, 20),
  pixel(20, 180, 190),
  pixel(30, 170, 40),
  pixel(180, 30, 170),
  pixel(190, 40, 30),
  pixel(30, 40, 180),
  pixel(40, 40, 46),
];
