import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { withDigest } from '../../../src/datasets/dataset.ts';
import { drawContactSheet } from '../../../src/datasets/looking/contact-sheet.ts';
import { fill, writeLine, type Canvas } from '../../../src/datasets/looking/lettering.ts';

const canvasOf = (width: number, height: number): Canvas => ({
  width,
  height,
  data: new Uint8Array(width * height * 3),
});

/** A canvas as text: "#" where something is. */
const drawn = ({ width, height, data }: Canvas): string[] =>
  Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_x, x) => (data[(y * width + x) * 3] === 0 ? '.' : '#')).join(
      '',
    ),
  );

function written(text: string, width: number, more: { left?: number; right?: number } = {}) {
  const canvas = canvasOf(width, 8);
  writeLine(canvas, text, { left: 0, top: 0, right: width, scale: 1, colour: [1, 2, 3], ...more });
  return drawn(canvas);
}

describe('a rectangle', () => {
  it.each([
    [{ x: 1, y: 1, width: 1, height: 1 }, ['...', '.#.', '...']],
    [{ x: -1, y: -1, width: 2, height: 3 }, ['#..', '#..', '...']],
    [{ x: 2, y: 1, width: 5, height: 9 }, ['...', '..#', '..#']],
    [{ x: 0, y: 0, width: 0, height: 3 }, ['...', '...', '...']],
  ])('is filled as far as it lies on the canvas: %j', (area, expected) => {
    const canvas = canvasOf(3, 3);
    fill(canvas, area, [9, 9, 9]);
    expect(canvas.data).toHaveLength(27);
    expect(drawn(canvas)).toEqual(expected);
  });
});

describe('a line of text', () => {
  it('has the columns of each letter from left to right, its lowest bit on top', () => {
    expect(written('L7', 12)).toEqual([
      '#.....#####.',
      '#.........#.',
      '#.........#.',
      '#........#..',
      '#.......#...',
      '#......#....',
      '#####.#.....',
      '............',
    ]);
    // The only bit below the line.
    expect(written('g', 6)).toEqual([
      '......',
      '......',
      '.###..',
      '#..##.',
      '#..##.',
      '.##.#.',
      '....#.',
      '.###..',
    ]);
  });

  it('has the colour, and is enlarged and moved', () => {
    const canvas = canvasOf(14, 17);
    writeLine(canvas, '|', { left: 1, top: 1, right: 14, scale: 2, colour: [7, 8, 9] });
    const [first, ...rest] = drawn(canvas);
    expect(first).toBe('.'.repeat(14));
    expect(rest.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => '.....##.......'));
    expect([...canvas.data.subarray((14 + 5) * 3, (14 + 6) * 3)]).toEqual([7, 8, 9]);
  });

  it.each([
    ['AB', 12, 'AB'],
    ['ABC', 17, '..'],
    ['ABC', 18, 'ABC'],
    ['ABCD', 18, 'A..'],
    ['AB', 6, '..'],
    ['A', 5, '..'],
    ['\u00c4B', 12, 'AB'],
  ])('is cut where it does not fit: %s in %i', (text, right, shown) => {
    expect(written(text, 30, { right })).toEqual(written(shown, 30));
  });

  it('is measured from where it begins', () => {
    expect(written('AB', 30, { left: 6, right: 18 }).map((row) => row.slice(6, 18))).toEqual(
      written('AB', 12),
    );
    // Where there is no room at all two dots say so.
    expect(written('AB', 36, { left: 24, right: 6 }).map((row) => row.slice(24))).toEqual(
      written('..', 12),
    );
  });

  it('has a box for each character without a letter', () => {
    const box = ['#####', '#...#', '#...#', '#...#', '#...#', '#...#', '#####', '.....'];
    for (const text of ['\u65e5', '\u{1f600}', '\u007f', '\t'])
      expect(written(text, 6), text).toEqual(box.map((row) => `${row}.`));
    expect(written('~', 6)).not.toEqual(box.map((row) => `${row}.`));
    expect(written(' ', 6)).toEqual(Array.from({ length: 8 }, () => '......'));
  });
});

const PAPER = [220, 225, 233];
const MARK = [220, 30, 30];

/** The sheet of images that each have one level: their number plus one. */
async function sheetOf(
  labels: readonly number[],
  classes: readonly string[],
  {
    shape = { width: 1, height: 1, channels: 1 as 1 | 3 },
    outliers = [] as readonly number[],
  } = {},
) {
  const size = shape.width * shape.height * shape.channels;
  const dataset = withDigest({
    pixels: Uint8Array.from({ length: labels.length * size }, (_, at) => Math.floor(at / size) + 1),
    labels: Int32Array.from(labels),
    shape,
    classes: [...classes],
  });
  const counts = classes.map((_, label) => labels.filter((one) => one === label).length);
  const png = await drawContactSheet(dataset, counts, { outliers });
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number): number[] => [
    ...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3),
  ];
  /** The level in the middle of each cell of a row. */
  const row = (number: number) =>
    Array.from({ length: 8 }, (_, column) => at(180 + column * 69 + 32, 5 + number * 69 + 32)).map(
      (colour) => (colour.join() === PAPER.join() ? 0 : colour[0]),
    );
  return { width: info.width, height: info.height, at, row };
}

describe('a contact sheet of classes', () => {
  it('has some images of each class, evenly among all, and the one that stands out at the end', async () => {
    const labels = Array.from({ length: 19 }, (_, index) =>
      index < 16 ? 0 : index === 18 ? 2 : 1,
    );
    const plain = await sheetOf(labels, ['a', 'b', 'c', 'd']);
    expect([plain.width, plain.height]).toEqual([742, 4 * 69 + 10]);
    expect([0, 1, 2, 3].map(plain.row)).toEqual([
      [1, 3, 5, 7, 9, 11, 13, 15],
      [17, 18, 0, 0, 0, 0, 0, 0],
      [19, 0, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0],
    ]);
    expect([plain.at(180, 73), plain.at(180, 74)]).toEqual([PAPER, [17, 17, 17]]);
    const marked = await sheetOf(labels, ['a', 'b', 'c', 'd'], { outliers: [16, 2, 5] });
    expect([0, 1].map(marked.row)).toEqual([
      [1, 4, 6, 8, 10, 12, 14, 3],
      [18, 17, 0, 0, 0, 0, 0, 0],
    ]);
    const [left, top] = [180 + 7 * 69, 5];
    // Three pixels wide around the cell of 64.
    const around = [
      [left - 4, top + 9],
      [left - 3, top + 9],
      [left - 1, top + 9],
      [left + 64, top + 9],
      [left + 66, top + 9],
      [left + 67, top + 9],
      [left + 9, top - 3],
      [left + 9, top - 4],
      [left + 9, top + 66],
      [left + 9, top + 67],
    ].map(([x = 0, y = 0]) => marked.at(x, y));
    const [P, M] = [PAPER, MARK];
    expect(around).toEqual([P, M, M, M, M, P, M, P, M, P]);
    expect(plain.at(left - 1, top + 9)).toEqual(P);
  });

  it('writes the name of a class and its count beside them', async () => {
    const { at } = await sheetOf([0], ['I']);
    // The upright of the letter, and of the digit below it, two pixels wide.
    expect([at(10 + 4, 17), at(10 + 5, 17), at(10 + 2, 17), at(10 + 6, 17)]).toEqual([
      [20, 20, 20],
      [20, 20, 20],
      [20, 20, 20],
      [20, 20, 20],
    ]);
    expect([at(10 + 4, 16), at(10 + 4, 37), at(10 + 4, 36)]).toEqual([
      PAPER,
      [100, 105, 115],
      PAPER,
    ]);
  });

  it('cuts a name before the images begin', async () => {
    const { at } = await sheetOf([0], ['I'.repeat(14)]);
    const ink = [...Array(180).keys()].filter((x) => at(x, 17 + 13).join() === '20,20,20');
    // The second of two dots, of thirteen letters that have room.
    expect(ink.at(-1)).toBeLessThan(10 + 13 * 12);
    expect(ink.at(-1)).toBeGreaterThan(10 + 12 * 12);
  });

  it('shows twenty classes, and says how many more there are', async () => {
    const names = Array.from({ length: 21 }, (_, index) => `${index}`);
    const all = await sheetOf([0], names.slice(1));
    expect(all.height).toBe(20 * 69 + 10);
    for (let y = all.height - 20; y < all.height; y += 1)
      for (let x = 10; x < 70; x += 1) expect(all.at(x, y)).toEqual(PAPER);
    const more = await sheetOf([0], names);
    expect(more.height).toBe(20 * 69 + 30);
    const line = Array.from({ length: 60 }, (_, x) => more.at(10 + x, 20 * 69 + 10 + 8));
    expect(line).toContainEqual([100, 105, 115]);
    expect((await sheetOf([], [])).height).toBe(69 + 10);
  });

  it.each<[{ width: number; height: number; channels: 1 | 3 }, number, number, number, number]>([
    [{ width: 1, height: 1, channels: 3 }, 0, 63, 0, 63],
    [{ width: 30, height: 20, channels: 1 }, 2, 61, 12, 51],
    [{ width: 40, height: 8, channels: 1 }, 12, 51, 28, 35],
    [{ width: 64, height: 64, channels: 1 }, 0, 63, 0, 63],
    [{ width: 128, height: 64, channels: 1 }, 0, 63, 16, 47],
    [{ width: 2, height: 65, channels: 1 }, 31, 32, 0, 63],
  ])(
    'enlarges small images by a whole factor and shrinks large ones, in the middle: %j',
    async (shape, left, right, top, bottom) => {
      const { at } = await sheetOf([0], ['a'], { shape });
      const isDrawn = (x: number, y: number) => at(180 + x, 5 + y).join() === '1,1,1';
      const [across, down] = [
        [...Array(64).keys()].filter((x) => isDrawn(x, 32)),
        [...Array(64).keys()].filter((y) => isDrawn(32, y)),
      ];
      expect([across[0], across.at(-1), down[0], down.at(-1)]).toEqual([left, right, top, bottom]);
      expect([across.length, down.length]).toEqual([right - left + 1, bottom - top + 1]);
    },
  );

  it('frames paper around an image that does not fill its cell', async () => {
    const { at } = await sheetOf([0, 0], ['a'], {
      shape: { width: 2, height: 1, channels: 1 },
      outliers: [1],
    });
    expect([at(249, 5), at(249, 5 + 32), at(248, 5)]).toEqual([PAPER, [2, 2, 2], MARK]);
  });

  it('shows the pixels of an image where they are', async () => {
    const dataset = withDigest({
      pixels: Uint8Array.of(10, 20, 30, 40),
      labels: Int32Array.of(0),
      shape: { width: 2, height: 2, channels: 1 },
      classes: ['a'],
    });
    const png = await drawContactSheet(dataset, [1], { outliers: [] });
    const { data } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number) => data[((5 + y) * 742 + 180 + x) * 3];
    expect([at(31, 31), at(32, 31), at(31, 32), at(32, 32)]).toEqual([10, 20, 30, 40]);
  });
});
