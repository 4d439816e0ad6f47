/** What a WAV header says about the samples behind it. */
export interface WavFormat {
  channels: number;
  sampleRate: number;
  bitsPerSample: number;
}

/**
 * Takes the WAV header off a stream, wherever it ends: `arecord` writes one of 44 bytes before the samples,
 * others put more chunks before them. A stream that begins otherwise is handed on as it is.
 * @param onFormat called with what the header says, before the first sample is handed on
 */
export async function* skipWavHeader(
  stream: AsyncIterable<Uint8Array>,
  onFormat: (format: WavFormat) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let start: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of stream) {
    if (!start) {
      yield chunk;
      continue;
    }
    start = Buffer.concat([start, chunk]);
    const header = parseWavHeader(start);
    if (header === 'more') continue;
    if (header !== 'none' && header.format) onFormat(header.format);
    const samples: Uint8Array = start.subarray(header === 'none' ? 0 : header.length);
    start = undefined;
    if (samples.length > 0) yield samples;
  }
}

/**
 * Reads a WAV header: RIFF, WAVE, and chunks up to `data`.
 * @param bytes the beginning of a stream
 * @returns `more` while it may still become one, `none` when it is none, else its length and what it says
 */
export function parseWavHeader(bytes: Uint8Array): { length: number; format?: WavFormat } | 'more' | 'none' {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const known = Math.min(12, bytes.length);
  const text = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  for (let i = 0; i < known; i++) {
    const expected = 'RIFF????WAVE'[i];
    if (expected !== '?' && String.fromCharCode(bytes[i] as number) !== expected) return 'none';
  }
  let format: WavFormat | undefined;
  for (let at = 12; ;) {
    if (at > longestHeader) return 'none';
    if (bytes.length < at + 8) return 'more';
    const length = view.getUint32(at + 4, true);
    const name = text(at);
    if (name === 'data') return format ? { length: at + 8, format } : { length: at + 8 };
    if (name === 'fmt ') {
      if (length < 16) return 'none';
      if (bytes.length < at + 24) return 'more';
      format = {
        channels: view.getUint16(at + 10, true),
        sampleRate: view.getUint32(at + 12, true),
        bitsPerSample: view.getUint16(at + 22, true),
      };
    }
    // Chunks begin at even offsets.
    at += 8 + length + (length % 2);
  }
}

/** What is longer than that is no header but sound that happens to begin with these letters. */
const longestHeader = 65_536;
