import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/**
 * All memory of a process that it can write to, piece by piece, as a core file would hold it. Linux; of a process of the
 * same user.
 */
export function* processMemory(pid: number): Generator<Buffer> {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, start, end] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      if (start === undefined) continue;
      const [from, to] = [BigInt(`0x${start}`), BigInt(`0x${end}`)];
      // A secret may lie across the end of a piece.
      for (let at = from; at < to; at += BigInt(PIECE - OVERLAP)) {
        const piece = Buffer.allocUnsafe(Math.min(PIECE, Number(to - at)));
        const length = readOrNothing(memory, piece, at);
        if (length > 0) yield piece.subarray(0, length);
      }
    }
  } finally {
    closeSync(memory);
  }
}

/** Some pages can't be read, and some are gone since they were listed. */
function readOrNothing(memory: number, piece: Buffer, at: bigint): number {
  try {
    return readSync(memory, piece, 0, piece.length, at);
  } catch {
    return 0;
  }
}

const PIECE = 4 * 2 ** 20;
const OVERLAP = 4096;
