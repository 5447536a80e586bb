/** Between the tiles, in pixels. */
const GAP = 8;

/** The size at which so many tiles fill a box best. */
export function fit(count: number, width: number, height: number): { width: number; height: number } {
  let best = { width: 0, height: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const cellWidth = (width - GAP * (columns - 1)) / columns;
    const cellHeight = (height - GAP * (rows - 1)) / rows;
    // Between a phone held upright and a wide picture, whatever fills the cell best.
    const ratio = Math.min(16 / 9, Math.max(3 / 4, cellWidth / cellHeight));
    const fitted = Math.min(cellWidth, cellHeight * ratio);
    if (fitted * (fitted / ratio) > best.width * best.height) best = { width: Math.floor(fitted), height: Math.floor(fitted / ratio) };
  }
  return best;
}
