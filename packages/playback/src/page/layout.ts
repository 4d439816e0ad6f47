/** How tiles are laid out: in so many columns, each tile of this size in pixels. */
export interface Layout {
  columns: number;
  width: number;
  height: number;
}

/** How much of a picture may be cut off so that it fills its tile. */
export const MOST_CROPPED = 0.15;
/** So much smaller may tiles be, by area, for the sake of a grid that fills the window's shape better. */
const WORTH_THE_SHAPE = 0.7;

/**
 * Equal tiles that fill an area well: each as large as it can be, a little flatter or higher than the picture
 * if that helps, and all together near the shape of the area.
 * @param aspect width over height of a picture
 * @param gap pixels between tiles
 */
export function layOut(
  count: number,
  areaWidth: number,
  areaHeight: number,
  aspect: number,
  gap: number,
): Layout {
  const tiles = Math.max(1, count);
  const layouts = Array.from({ length: tiles }, (_, index) => {
    const columns = index + 1;
    const rows = Math.ceil(tiles / columns);
    const cellWidth = Math.max(0, (areaWidth - gap * (columns - 1)) / columns);
    const cellHeight = Math.max(0, (areaHeight - gap * (rows - 1)) / rows);
    const cropped = 1 - MOST_CROPPED;
    const shape = Math.min(aspect / cropped, Math.max(aspect * cropped, cellWidth / cellHeight || aspect));
    const width = Math.floor(Math.min(cellWidth, cellHeight * shape));
    const height = Math.floor(Math.min(cellHeight, width / shape));
    const gridAspect = (columns * (width + gap) - gap) / (rows * (height + gap) - gap);
    const misfit = Math.abs(Math.log((gridAspect * areaHeight) / areaWidth));
    // A last row with few tiles looks forlorn.
    const forlorn = (tiles - (rows - 1) * columns) * 2 < columns;
    return { columns, width, height, area: width * height, misfit, forlorn };
  });
  const enough = Math.max(...layouts.map(({ area, forlorn }) => (forlorn ? 0 : area))) * WORTH_THE_SHAPE;
  const [best] = layouts
    .filter(({ area, forlorn }) => area >= enough && !forlorn)
    .sort((a, b) => a.misfit - b.misfit);
  return { columns: best!.columns, width: best!.width, height: best!.height };
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
