/** Between the tiles, in pixels. */
const GAP = 8;
/** What cameras give mostly. */
const PICTURE = 16 / 9;
/** A tile may be that much narrower to fill its place: it cuts a twelfth of the picture at either side, and no more. */
const NARROWEST = 3 / 2;

/** The size of so many tiles in a box: in the rows and columns that show a whole picture the largest. */
export function fit(count: number, width: number, height: number): { width: number; height: number } {
  let widest = 0;
  let best = { width: 0, height: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const cellWidth = (width - GAP * (columns - 1)) / columns;
    const cellHeight = (height - GAP * (rows - 1)) / rows;
    const picture = Math.min(cellWidth, cellHeight * PICTURE);
    if (picture <= widest) continue;
    widest = picture;
    const ratio = Math.min(PICTURE, Math.max(NARROWEST, cellWidth / cellHeight));
    const fitted = Math.min(cellWidth, cellHeight * ratio);
    best = { width: Math.floor(fitted), height: Math.floor(fitted / ratio) };
  }
  return best;
}
