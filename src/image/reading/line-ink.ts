import type { Box, LevelPlane, PlaneLoops } from '../handwriting/plane-loops.ts';
import type { InkMap, Piece } from './ink-map.ts';
import type { LinePlace, PageLines } from './find-lines.ts';
import { inkOf, partOf } from './page-signal.ts';
import { eraseRules, ruleIn } from './rules.ts';

/** Digits are this high where they are read. */
export const HIGH = 64;
/** Around a line as much is looked at, as a part of the height of its digits. */
export const MARGIN = 0.5;
/** Half the window that bridges strokes, as a part of the height of digits. */
const BRIDGE = 0.24;
/** Where a soft edge begins, as a part of the threshold. */
const SOFT = 0.35;
/** Less ink than this, in full pixels, is a speck. */
const SPECK = 14;

/** The ink of one line from close up. */
export interface LineInk {
  readonly map: InkMap;
  readonly pieces: readonly Piece[];
  /** Its part of the page, and its pixels to one of the page. */
  readonly part: Box;
  readonly scale: number;
  readonly separability: number;
  /** How far typical ink is from its paper (0..1). */
  readonly contrast: number;
}

/** Looks at one line so closely that its digits are as high as they are read. */
export function lookAtLine(
  loops: PlaneLoops,
  page: LevelPlane,
  { isDark, rules }: Pick<PageLines, 'isDark' | 'rules'>,
  line: LinePlace,
): LineInk {
  const scale = HIGH / line.high;
  const margin = MARGIN * line.high;
  const part = {
    left: Math.max(0, Math.floor(line.box.left - margin)),
    top: Math.max(0, Math.floor(line.box.top - margin)),
    right: Math.min(page.width, Math.ceil(line.box.right + margin)),
    bottom: Math.min(page.height, Math.ceil(line.box.bottom + margin)),
  };
  const plane = partOf(loops, page, part, scale);
  loops.takeLight(plane);
  const { signal, threshold, separability } = inkOf(
    loops,
    plane,
    isDark,
    Math.round(BRIDGE * HIGH),
  );
  const own = rules.map((rule) => ruleIn(rule, part, scale));
  if (own.length > 0) eraseRules(signal, threshold, own);
  const { runs, masses, boxes } = loops.findPieces(signal, threshold);
  const { width, height, data } = signal;
  const ink = loops.takeRuns(signal, runs);
  const full = loops.valueAtRank(ink, Math.floor(ink.length * 0.75)) ?? 1;
  const piece = new Int32Array(width * height);
  for (let run = 0; run < runs.length; run += 3) {
    piece.fill(runs[run + 2]! + 1, runs[run], runs[run + 1]);
  }
  const faint = SOFT * threshold;
  const soft = Float32Array.from(data, (value) =>
    Math.min(1, Math.max(0, (value - faint) / (full - faint))),
  );
  const pieces = Array.from(masses, (mass, at) => ({
    id: at + 1,
    mass: mass / full,
    box: {
      left: boxes[4 * at]!,
      top: boxes[4 * at + 1]!,
      right: boxes[4 * at + 2]!,
      bottom: boxes[4 * at + 3]!,
    },
  })).filter(({ mass, box }) => mass >= SPECK && isOfLine(box, line, part, scale));
  const contrast = Math.min(1, full / 255);
  return { map: { width, height, soft, piece }, pieces, part, scale, separability, contrast };
}

/** Whether a piece is one of those the line was found by, or lies among them: other lines may be near. */
function isOfLine(box: Box, { pieces }: LinePlace, part: Box, scale: number): boolean {
  const [x, y] = [
    (box.left + box.right) / 2 / scale + part.left,
    (box.top + box.bottom) / 2 / scale + part.top,
  ];
  const reach = 0.45 * (HIGH / scale);
  let least = Infinity;
  let nearest: Box | undefined;
  for (const piece of pieces) {
    const away = Math.max(piece.left - x, x - piece.right, 0);
    if (away < least) [least, nearest] = [away, piece];
  }
  if (!nearest) return false;
  return y >= nearest.top - reach && y <= nearest.bottom + reach && least <= 2 * reach;
}
