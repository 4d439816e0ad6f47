/** How tiles are laid out: in so many columns, each tile of this size in pixels. */
export interface Layout {
  columns: number;
  width: number;
  height: number;
}

/** So much smaller may tiles be for the sake of more columns: two columns fill a phone better than one strip. */
const WORTH_A_COLUMN = 0.95;

/**
 * Equal tiles of a given shape, as large as fit into an area, but for a little, in as many columns as go with that.
 * @param aspect width over height of a tile
 * @param gap pixels between tiles
 */
export function layOut(
  count: number,
  areaWidth: number,
  areaHeight: number,
  aspect: number,
  gap: number,
): Layout {
  const layouts = Array.from({ length: Math.max(1, count) }, (_, index): Layout => {
    const columns = index + 1;
    const rows = Math.ceil(count / columns) || 1;
    const cellWidth = (areaWidth - gap * (columns - 1)) / columns;
    const cellHeight = (areaHeight - gap * (rows - 1)) / rows;
    const width = Math.floor(Math.max(0, Math.min(cellWidth, cellHeight * aspect)));
    return { columns, width, height: Math.floor(width / aspect) };
  });
  const widest = Math.max(...layouts.map(({ width }) => width));
  return layouts.findLast(({ width }) => width >= widest * WORTH_A_COLUMN)!;
}

/** The shape that suits pictures of several shapes best: their geometric mean, neither a strip nor a column. */
export function commonAspect(aspects: number[]): number {
  if (aspects.length === 0) return 4 / 3;
  const mean = Math.exp(aspects.reduce((sum, aspect) => sum + Math.log(aspect), 0) / aspects.length);
  return Math.min(16 / 9, Math.max(3 / 4, mean));
}

/** Up to two letters that stand for a name: the first of its first and of its last word. */
export function initialsOf(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? [];
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => [...(word ?? '')][0] ?? '',
  );
  return letters.join('').toUpperCase() || '?';
}

/** A hue, 0 to 359, that a name always has. */
export function hueOf(name: string): number {
  let hash = 0;
  for (const character of name) hash = (Math.imul(hash, 31) + character.codePointAt(0)!) | 0;
  return Math.abs(hash) % 360;
}

/** How far a level meter is out, 0 to 1: from -50 dBFS (a quiet room) to -10 dBFS (loud speech). */
export function meterOf(level: number | null | undefined): number {
  return typeof level === 'number' ? Math.min(1, Math.max(0, (level + 50) / 40)) : 0;
}
