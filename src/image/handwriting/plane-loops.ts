/** A rectangle in pixels; right and bottom are just outside. Fractions are legal. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Pixels of one channel, as bytes or as real numbers. */
export type Levels = Uint8Array | Float32Array;

/** Which pixels of one axis become which cells of another length, and how much of each. */
export interface Cells {
  /** The first pixel that is seen at all, and how many are. */
  readonly first: number;
  readonly seen: number;
  /** For each cell: its first pixel, counted from `first` on. */
  readonly from: Int32Array;
  /** Where a cell's shares begin; the next cell's start ends them. */
  readonly start: Int32Array;
  /** The share of the first pixel of a cell, and of those behind it. */
  readonly share: Float32Array;
}

/** One channel of real numbers, row by row: what the steps of canonicalisation work on. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** The same of either kind. */
export interface LevelPlane {
  readonly width: number;
  readonly height: number;
  readonly data: Levels;
}

/**
 * What takes time in canonicalisation: loops over all pixels of planes. There are two of them, which give the same bits:
 * `plain-loops.ts` and, four pixels at a time, `simd-loops.ts`. The arrays they work on are those that they have given.
 */
export interface PlaneLoops {
  /** Begins with another picture: what was given before may be given again. At most so many bytes will be asked for. */
  begin(bytes: number): void;
  /** Room that holds whatever was there before. */
  bytes(count: number): Uint8Array;
  ints(count: number): Int32Array;
  floats(count: number): Float32Array;
  /** `count` cells between `start` and `end` of an axis of `length` pixels, as `cellsOf` shares it out. */
  cells(length: number, start: number, end: number, count: number): Cells;
  /** Grey of RGB pixels, as `toGrey` weighs them. */
  grey(colour: Uint8Array): Uint8Array;
  /** One line for each cell of the rows, and in it the columns that the cells of the columns see. */
  sumLines(source: LevelPlane, rows: Cells, columns: Cells): Float32Array;
  /** From these lines, one pixel for each cell of the columns. */
  sumColumns(lines: Float32Array, rows: Cells, columns: Cells): Plane;
  /** Binomial smoothing (1-2-1 in both directions), in place; the border repeats itself. */
  blur(plane: Plane): void;
  /** Every pixel becomes the maximum (or minimum) of the square within `reach`, in place. */
  slide(plane: Plane, reach: number, extreme: 'maximum' | 'minimum'): void;
  /** How much darker (or lighter) than the paper a plane is, 0 where it is not; takes the place of the paper. */
  standOut(paper: Plane, level: Plane, isDark: boolean): void;
  /** Takes the light off a plane, in place, as `takeLight` does. */
  takeLight(plane: Plane): void;
  /** The largest of these and of `least`. */
  largest(values: Float32Array, least: number): number;
  /** Counts values from 0 on in 256 bins of equal width, `scale` of them to 1; the last takes what is above. */
  countLevels(values: Float32Array, scale: number): Int32Array;
  /** What is above the threshold, and what of it hangs together: each pixel has eight neighbours. */
  findPieces(signal: Plane, threshold: number): Pieces;
  /** Those runs whose piece is kept, in place of them all. */
  keepRuns(runs: Runs, isKept: Uint8Array): Runs;
  /** The pixels of runs, line by line. */
  takeRuns(plane: Plane, runs: Runs): Float32Array;
  /** Of every third pixel those of no run that lie from `near` to `far` pixels off a box. */
  takeAround(plane: Plane, runs: Runs, box: Box, near: number, far: number): Float32Array;
  /** How much ink the pixels of runs are, and all that touch one: 0 at `faint`, 1 at `full`. Others are 0. */
  softenRuns(signal: Plane, runs: Runs, faint: number, full: number): Plane;
  /** The value that would stand at `rank` if the values were sorted; they are lost. Undefined where there is none. */
  valueAtRank(values: Float32Array, rank: number): number | undefined;
}

/** Pixels of a line that stand out side by side, three numbers for each run: the first pixel, the one behind it, its piece. */
export type Runs = Int32Array;

/** What hangs together, numbered by its first run. */
export interface Pieces {
  readonly runs: Runs;
  /** All ink of each: area times how far it stands out. */
  readonly masses: Float64Array;
  /** Left, top, right and bottom of each. */
  readonly boxes: Int32Array;
}
