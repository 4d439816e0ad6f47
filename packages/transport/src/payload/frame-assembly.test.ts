import { describe, expect, it } from 'vitest';
import { FrameAssembly } from './frame-assembly.js';
import { MAX_FRAME_BYTES, type Fragment } from './payload-format.js';

const part = (offset: number, length: number, total = -1, kind = 0): Fragment => ({
  start: 0,
  end: length,
  offset,
  total,
  kind,
  variant: 0,
});
const add = (assembly: FrameAssembly, fragment: Fragment) =>
  assembly.add(new Uint8Array(fragment.end), 0, fragment);

describe('FrameAssembly', () => {
  it('is complete when every byte is there, in whatever order', () => {
    const assembly = new FrameAssembly();
    expect(add(assembly, part(20, 5, 25))).toBeUndefined();
    expect(add(assembly, part(0, 10))).toBeUndefined();
    expect([assembly.complete, assembly.hasFirst, assembly.length]).toEqual([false, true, 25]);
    expect(add(assembly, part(10, 10))).toBeUndefined();
    expect(assembly.complete).toBe(true);
    expect(assembly.offsets).toEqual([0, 10, 20]);
  });

  it('knows duplicates, overlaps and contradictions', () => {
    const assembly = new FrameAssembly();
    add(assembly, part(10, 10, 30, 1));
    expect(add(assembly, part(10, 10, 30, 1))).toBe('duplicate');
    expect(add(assembly, part(5, 6, 30, 1))).toBe('overlapping-fragment');
    expect(add(assembly, part(12, 3, 30, 1))).toBe('overlapping-fragment');
    expect(add(assembly, part(19, 3, 30, 1))).toBe('overlapping-fragment');
    expect(add(assembly, part(0, 5, 30, 2))).toBe('inconsistent-fragment');
    expect(add(assembly, part(0, 5, 31, 1))).toBe('inconsistent-fragment');
    expect(add(assembly, part(25, 6, -1, 1))).toBe('inconsistent-fragment');
    expect(add(assembly, part(MAX_FRAME_BYTES, 1, -1, 1))).toBe('frame-too-large');
    expect(add(assembly, part(0, 10, 30, 1))).toBeUndefined();
    expect(add(assembly, part(20, 10, 30, 1))).toBeUndefined();
    expect(assembly.complete).toBe(true);
  });

  it('does not believe in an end before bytes that it has', () => {
    const assembly = new FrameAssembly();
    add(assembly, part(100, 10));
    expect(add(assembly, part(40, 10, 50))).toBe('inconsistent-fragment');
  });

  it('takes an empty message', () => {
    const assembly = new FrameAssembly();
    expect(add(assembly, part(0, 0, 0))).toBeUndefined();
    expect(assembly.complete).toBe(true);
    expect(add(assembly, part(0, 0, 0))).toBe('duplicate');
  });
});

describe('a FrameAssembly that is cleared', () => {
  it('takes the next frame as a new one does', () => {
    const assembly = new FrameAssembly();
    for (const offset of [20, 0, 10]) add(assembly, part(offset, 10, 30, 1));
    expect(assembly.complete).toBe(true);
    assembly.clear();
    expect([assembly.complete, assembly.hasFirst, assembly.length, assembly.cost]).toEqual([
      false,
      false,
      -1,
      0,
    ]);
    expect(assembly.packets.every(({ length }) => length === 0)).toBe(true);
    expect(add(assembly, part(10, 5, 15, 2))).toBeUndefined();
    expect(add(assembly, part(0, 10, 15, 2))).toBeUndefined();
    expect([assembly.complete, assembly.count]).toEqual([true, 2]);
    expect(assembly.offsets.slice(0, assembly.count)).toEqual([0, 10]);
  });
});
