import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { strokes } from '../../../scripts/drawing/glyphs.ts';
import { takeLine } from '../../../scripts/drawing/lines.ts';
import { openAssembly } from '../../../src/image/assembly/open-assembly.ts';
import { plainLoops } from '../../../src/image/handwriting/plain-loops.ts';
import { simdLoops } from '../../../src/image/handwriting/simd-loops.ts';
import { candidatesAmong } from '../../../src/image/reading/candidates.ts';
import { alongCut } from '../../../src/image/reading/partings.ts';
import { findLines } from '../../../src/image/reading/find-lines.ts';
import { readPage, roomForPage } from '../../../src/image/reading/read-page.ts';
import { findRules } from '../../../src/image/reading/find-rules.ts';
import type { Raster } from '../../../src/image/raster.ts';
import { createRandom } from '../../../src/random.ts';

const assembly = openAssembly();
const loops = assembly ? simdLoops(assembly) : plainLoops;

/** Squares of ink by chance, as coarse cloth or the noise of a sensor has them. */
function cloth(width: number, height: number, side: number, share = 0.35): Raster {
  const random = createRandom(1);
  const across = Math.ceil(width / side);
  const isInk = Array.from(
    { length: across * Math.ceil(height / side) },
    () => random.next() < share,
  );
  const data = Uint8Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [Math.floor((at % width) / side), Math.floor(at / width / side)];
    return isInk[y * across + x]! ? 0 : 255;
  });
  return { width, height, channels: 1, data };
}

/** Bars side by side, each as high as a digit. */
function bars(count: number, high = 40): Raster {
  const width = 40 + 30 * count;
  const height = high + 60;
  const data = new Uint8Array(width * height).fill(255);
  for (let bar = 0; bar < count; bar += 1) {
    for (let y = 30; y < 30 + high; y += 1)
      data.fill(0, y * width + 20 + 30 * bar, y * width + 26 + 30 * bar);
  }
  return { width, height, channels: 1, data };
}

describe('a page that is looked at for its digits', () => {
  it('is read as long as it holds no more than may be', () => {
    const lines = readPage(bars(6), loops, 6);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ digits: Array.from({ length: 6 }, () => ({})) });
    expect(readPage(bars(7), loops, 6)).toBe('too many');
  });

  it.each([4, 10])(
    'is refused where it is cloth of %s pixels, before a net looks at it',
    (side) => {
      expect(readPage(cloth(500, 300, side), loops, 8)).toBe('too many');
    },
  );

  it('is given up once more pieces stand on it than are asked for', () => {
    const page = bars(12);
    const { width, height } = page;
    const found = (most?: number) => {
      loops.begin(2 * roomForPage(page));
      const data = loops.bytes(page.data.length);
      data.set(page.data);
      return findLines(loops, { width, height, data }, most);
    };
    expect(found(11)).toBeUndefined();
    expect(found(12)?.lines).toHaveLength(1);
    expect(found()?.lines[0]?.pieces).toHaveLength(12);
  });
});

describe('the box of a digit', () => {
  it.each([201, 333, 611])('stands around its ink and in the page, %s pixels high', (high) => {
    // Bars at both edges and one in the middle: what is read from close up has whole pixels, which these are no multiple of.
    const [thick, apart] = [Math.round(high / 7), Math.round(high * 0.7)];
    const width = 2 * apart + thick;
    const data = new Uint8Array(width * high).fill(255);
    for (let y = 0; y < high; y += 1) {
      for (const x of [0, apart, 2 * apart]) data.fill(0, y * width + x, y * width + x + thick);
    }
    const lines = readPage({ width, height: high, channels: 1, data }, loops, 8);
    if (lines === 'too many') throw new Error(lines);
    const boxes = lines.flatMap(({ digits }) => digits.map(({ box }) => box));
    expect(boxes).toHaveLength(1);
    const { left, top, right, bottom } = boxes[0]!;
    expect((left + right) / 2).toBeCloseTo(width / 2, 6);
    expect([top, bottom]).toEqual([0, expect.closeTo(high, 6)]);
  });
});

describe('a digit that was cut', () => {
  it('says what the net that parted it takes it for, and one that stands alone does not', async () => {
    const { bytes } = await takeLine(createRandom(2), strokes, '3052', 'number', 'touching', 0);
    const { data, info } = await sharp(bytes)
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true });
    const page = { width: info.width, height: info.height, channels: 1, data } as const;
    const lines = readPage(page, loops, 8);
    if (lines === 'too many') throw new Error(lines);
    const heard = lines.flatMap(({ digits }) => digits.map(({ ifCut }) => ifCut));
    expect(heard.map((each) => each?.indexOf(Math.max(...each)))).toEqual([3, 0, 5, undefined]);
    const alone = readPage(bars(2), loops, 8);
    expect(alone).toMatchObject([{ digits: [{}, {}] }]);
    expect(JSON.stringify(alone)).not.toContain('ifCut');
  });
});

describe('straight lines', () => {
  it('go on where they are expected, past what is beside them', () => {
    const [width, height] = [120, 60];
    const data = new Float32Array(width * height);
    // Two that rise a little, three rows apart, and dots between them.
    for (let x = 0; x < width; x += 1) {
      for (const from of [20, 24]) data[Math.round(from + x / 20) * width + x] = 1;
      if (x % 9 === 0) data[10 * width + x] = 1;
    }
    const level = findRules({ width, height, data }, 0.5).filter(({ isUpright }) => !isUpright);
    expect(level.map(({ from, to, at }) => [from, to, Math.round(at)])).toEqual([
      [0, 120, 20],
      [0, 120, 24],
    ]);
  });
});

describe('what lies between partings', () => {
  it('is a digit as wide as digits are at most, however many partings stand side by side', () => {
    const box = { left: 0, top: 0, right: 400, bottom: 60 };
    const atoms = Array.from({ length: 40 }, (_, at) => ({
      id: at + 1,
      piece: 1,
      box: { left: 10 * at, top: 0, right: 10 * at + 10, bottom: 60 },
      mass: 150,
      x: 10 * at,
      y: 0,
    }));
    const cut = (at: number) => alongCut({ id: 1, box, mass: 6000 }, new Int16Array(60).fill(at));
    const partings = Array.from({ length: 41 }, (_, at) => cut(10 * at));
    const found = candidatesAmong(atoms, partings);
    expect(found.filter(({ isLikely }) => isLikely).length).toBeLessThanOrEqual(9 * 40);
    expect(found).toContainEqual(expect.objectContaining({ from: 3, to: 7, mass: 600 }));
    expect(found.every(({ from, to, atoms: own }) => own.length === to - from)).toBe(true);
  });

  it('is nothing where partings cross', () => {
    const box = { left: 0, top: 0, right: 100, bottom: 60 };
    const [top, foot] = [0, 30].map((y, at) => ({
      id: at + 1,
      piece: 1,
      box: { left: 40, top: y, right: 60, bottom: y + 30 },
      mass: 400,
      x: 50,
      y,
    }));
    const [one, other] = [
      [70, 30],
      [30, 70],
    ].map(([above, below]) =>
      alongCut(
        { id: 1, box, mass: 800 },
        Int16Array.from({ length: 60 }, (_, y) => (y < 30 ? above! : below!)),
      ),
    );
    expect(candidatesAmong([top!, foot!], [one!, other!])).toEqual([]);
  });
});
