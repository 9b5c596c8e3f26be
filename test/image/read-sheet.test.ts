import { describe, expect, it } from 'vitest';
import { openAssembly } from '../../src/image/assembly/open-assembly.ts';
import { canonicalise } from '../../src/image/handwriting/canonicalise.ts';
import { plainLoops } from '../../src/image/handwriting/plain-loops.ts';
import { findSheet } from '../../src/image/handwriting/sheet/find-sheet.ts';
import { simdLoops } from '../../src/image/handwriting/simd-loops.ts';
import type { Raster } from '../../src/image/raster.ts';
import { createRandom } from '../../src/random.ts';
import { inMnistFrame } from './images.ts';

const loops = simdLoops(openAssembly()!);
const seven = inMnistFrame();
const random = createRandom(3);

type LevelAt = (x: number, y: number) => number;

const drawn = (width: number, height: number, level: LevelAt): Raster => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from({ length: width * height }, (_, at) =>
    Math.min(255, Math.max(0, Math.round(level(at % width, Math.floor(at / width))))),
  ),
});

/** Paper with the seven on it, whose frame of 28 pixels has this side and begins here. */
const sheet =
  (left: number, top: number, side: number, paper = 230, ink = 40): LevelAt =>
  (x, y) => {
    const [u, v] = [((x - left) * 28) / side - 0.5, ((y - top) * 28) / side - 0.5];
    const [column, row] = [Math.floor(u), Math.floor(v)];
    if (column < 0 || row < 0 || column > 26 || row > 26) return paper;
    const at = row * 28 + column;
    const upper = seven[at]! * (1 - (u - column)) + seven[at + 1]! * (u - column);
    const lower = seven[at + 28]! * (1 - (u - column)) + seven[at + 29]! * (u - column);
    return paper + ((ink - paper) * (upper * (1 - (v - row)) + lower * (v - row))) / 255;
  };

const page = sheet(60, 80, 130);
const size = [240, 280] as const;
const find = (picture: Raster) => canonicalise(picture, loops, 'find');
const reference = find(drawn(...size, page)).pixels;

/** How much of the ink of two canvases does not coincide, 0..1 and beyond. */
function difference(one: Uint8Array, other: Uint8Array): number {
  const sum = one.reduce((total, value, i) => total + Math.abs(value - other[i]!), 0);
  return sum / other.reduce((total, value) => total + value, 0);
}

const within = (x: number, y: number, off: number): boolean =>
  x >= off && y >= off && x < size[0] - off && y < size[1] - off;

/** Turned around the middle of the picture. */
function turned(level: LevelAt, degrees: number): LevelAt {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return (x, y) => {
    const [u, v] = [x - size[0] / 2, y - size[1] / 2];
    return level(cos * u + sin * v + size[0] / 2, cos * v - sin * u + size[1] / 2);
  };
}

const onTable =
  (table: LevelAt): LevelAt =>
  (x, y) =>
    within(x, y, 42) ? page(x, y) : table(x, y);

const grain: LevelAt = (x, y) => 110 + 25 * Math.sin(x / 3 + 2 * Math.sin(y / 40));

describe('a digit is read as on plain paper', () => {
  it.each<[string, LevelAt]>([
    ['in a border of one pixel', (x, y) => (within(x, y, 1) ? page(x, y) : 0)],
    ['in a border of four pixels', (x, y) => (within(x, y, 4) ? page(x, y) : 10)],
    ['in the dark frame of a scan', (x, y) => (within(x, y, 22) ? page(x, y) : 30)],
    ['beside the bar of a scanner', (x, y) => (x > 26 ? page(x, y) : 50)],
    ['below a bar that becomes lighter', (x, y) => (y > 30 ? page(x, y) : 40 + 2 * y)],
    ['on a card on a dark table', onTable(() => 60)],
    [
      'on a card that lies askew',
      turned(
        onTable(() => 60),
        9,
      ),
    ],
    ['on paper on a wooden desk', onTable(grain)],
    ['on paper that lies askew on a wooden desk', turned(onTable(grain), -7)],
    ['in a cast shadow', (x, y) => page(x, y) * (x + y < 330 ? 0.5 : 1)],
    ['half in a cast shadow', (x, y) => page(x, y) * (x > 172 ? 0.6 : 1)],
    ['beside a fold', (x, y) => page(x, y) * (Math.abs(x - 205) < 2 ? 0.7 : x > 205 ? 0.93 : 1)],
    ['light on dark, in a light border', (x, y) => (within(x, y, 3) ? 255 - page(x, y) : 250)],
  ])('%s', (_, level) => {
    const { pixels, separability } = find(drawn(...size, level));
    expect(difference(pixels, reference)).toBeLessThan(0.35);
    expect(separability).toBeGreaterThan(0.8);
  });

  it.each([
    ['dark on light', 230, 40],
    ['light on dark', 10, 250],
  ])('cut to its ink, %s', (_, paper, ink) => {
    const isInked = (at: number): boolean => seven[at]! > 60;
    const inked = Array.from(seven.keys()).filter(isInked);
    const xs = inked.map((at) => at % 28);
    const [left, top] = [Math.min(...xs), Math.floor(inked[0]! / 28)];
    const [width, height] = [Math.max(...xs) + 1 - left, Math.floor(inked.at(-1)! / 28) + 1 - top];
    const cut = drawn(width, height, (x, y) => {
      const cover = seven[(y + top) * 28 + x + left]! / 255;
      return paper + (ink - paper) * cover;
    });
    expect(difference(find(cut).pixels, reference)).toBeLessThan(0.35);
  });
});

describe('the page of a picture', () => {
  it.each([0, 8, -12])('has its corners where they are, turned by %i degrees', (degrees) => {
    const picture = drawn(
      ...size,
      turned(
        onTable(() => 60),
        degrees,
      ),
    );
    const { corners, isWhole, plane } = findSheet(plainLoops, picture);
    expect(isWhole).toBe(false);
    const angle = (degrees * Math.PI) / 180;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [halfX, halfY] = [size[0] / 2 - 42, size[1] / 2 - 42];
    const expected = [
      [-halfX, -halfY],
      [halfX, -halfY],
      [halfX, halfY],
      [-halfX, halfY],
    ].map(([x, y]) => [cos * x! - sin * y! + size[0] / 2, sin * x! + cos * y! + size[1] / 2]);
    corners.forEach(([x, y], index) => {
      const [u, v] = expected[index]!;
      expect(Math.hypot(x - u!, y - v!)).toBeLessThan(8);
    });
    expect(plane.width / plane.height).toBeCloseTo(halfX / halfY, 1);
  });

  it.each<[string, LevelAt]>([
    ['nothing but paper', page],
    ['thick ink', sheet(20, 40, 200)],
    ['a table without a page', (x, y) => (within(x, y, 50) ? 220 : 60)],
    ['noise', () => random.integer(256)],
    ['ruled lines', (x, y) => (y % 40 < 3 ? 150 : page(x, y))],
  ])('is all of it where there is %s', (_, level) => {
    const picture = drawn(...size, level);
    const { plane, isWhole } = findSheet(plainLoops, picture);
    expect(isWhole).toBe(true);
    expect(plane).toBe(picture);
  });
});

describe('looking for a page', () => {
  it.each([
    [1, 1],
    [1, 500],
    [500, 1],
    [2, 3],
    [3, 400],
    [512, 5],
    [64, 64],
  ])('survives %i x %i pixels of anything', (width, height) => {
    for (let round = 0; round < 8; round += 1) {
      const levels = random.integer(3) + 2;
      const { pixels, separability, contrast } = find(
        drawn(width, height, () => Math.floor((random.integer(levels) * 255) / (levels - 1))),
      );
      expect(pixels).toHaveLength(784);
      expect(separability).toBeGreaterThanOrEqual(0);
      expect(separability).toBeLessThanOrEqual(1);
      expect(contrast).toBeLessThanOrEqual(1.01);
    }
  });

  it('finds no ink in noise, and little in the grain of a blank page', () => {
    expect(find(drawn(300, 400, () => random.integer(256))).separability).toBeLessThan(0.8);
    const blank = find(drawn(300, 400, (x) => 200 - x / 10 + random.normal() * 3));
    expect(blank.contrast).toBeLessThan(0.05);
  });
});
