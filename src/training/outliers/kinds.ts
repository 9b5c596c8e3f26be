import type { Random } from '../../random.ts';
import { writeOn, writeStrokes, type PenHand } from './pen.ts';
import { area, type Draw } from './areas.ts';
import { pick } from './pick.ts';
import { letterSigns, lines, otherSigns, type Stroke } from './signs.ts';

/** How large signs are on their canvas: slanted and turned ones fit as well. */
const SHARE = 0.55;

/** A pen held by anybody: from a fineliner to a marker, upright like print or leaning like a hand. */
function anyHand(random: Random): PenHand {
  const isPrinted = random.integer(2) === 0;
  const [lean, tremor] = isPrinted ? [0.05, 0.006] : [0.24, 0.04];
  return {
    thickness: 0.05 + random.next() ** 1.5 * 0.2,
    slant: random.normal() * lean + (random.integer(4) === 0 ? 0.2 : 0),
    turn: random.normal() * (isPrinted ? 0.04 : 0.1),
    aspect: 0.5 + random.next() * 0.6,
    tremor: 0.004 + random.next() * tremor,
  };
}

const letter: Draw = (random, side) => {
  const strokes = pick(random, letterSigns);
  const written = random.integer(4) === 0 ? withSerifs(random, strokes) : strokes;
  return writeStrokes(random, written, anyHand(random), side, side * SHARE);
};

/** A short bar across every end of a stroke, as book faces have. */
function withSerifs(random: Random, strokes: readonly Stroke[]): Stroke[] {
  const half = 0.06 + random.next() * 0.1;
  const ends = strokes.flatMap(({ points }) => [points[0]!, points.at(-1)!]);
  const feet = ends
    .filter(([, y]) => y < 0.15 || y > 0.85)
    .map(([x, y]): Stroke => ({
      bends: false,
      points: [
        [x - half, y],
        [x + half, y],
      ],
    }));
  return [...strokes, ...feet];
}

const sign: Draw = (random, side) =>
  writeStrokes(random, pick(random, otherSigns), anyHand(random), side, side * SHARE);

/** Two to seven letters beside each other, sometimes in two lines. */
const word: Draw = (random, side) => {
  const canvas = { width: side, height: side, ink: new Uint8Array(side * side) };
  const hand = { ...anyHand(random), turn: 0 };
  const rows = random.integer(5) === 0 ? 2 : 1;
  const count = 2 + random.integer(6);
  const high = Math.min((side * 0.8) / (rows * 1.4), (side * 1.5) / count);
  const wide = high * hand.aspect * (0.95 + random.next() * 0.5);
  const scale = Math.min(1, (side * 0.9) / (wide * count));
  for (let row = 0; row < rows; row += 1) {
    for (let at = 0; at < count; at += 1) {
      const x = side / 2 + (at - (count - 1) / 2) * wide * scale;
      const y = side / 2 + (row - (rows - 1) / 2) * high * 1.4 * scale;
      writeOn(canvas, random, pick(random, letterSigns), hand, high * scale, [x, y]);
    }
  }
  return canvas;
};

/** Curves that lead nowhere: through random points, spirals, zigzags. */
const scribble: Draw = (random, side) => {
  const form = random.integer(4);
  const strokes: Stroke[] = [];
  const count = form === 0 ? 1 + random.integer(4) : 1;
  for (let each = 0; each < count; each += 1) strokes.push(scribbled(random, form));
  const hand = {
    ...anyHand(random),
    thickness: 0.03 + random.next() * 0.1,
    aspect: 0.7 + random.next() * 0.6,
  };
  return writeStrokes(random, strokes, hand, side, side * 0.7);
};

function scribbled(random: Random, form: number): Stroke {
  if (form === 1) return spiral(random);
  if (form === 2) return zigzag(random);
  const length = 6 + random.integer(14);
  const points = Array.from({ length }, (): [number, number] => [random.next(), random.next()]);
  return { bends: random.integer(4) !== 0, points };
}

function spiral(random: Random): Stroke {
  const turns = 1.8 + random.next() * 2.5;
  const [start, sense] = [random.next() * 6.28, random.integer(2) === 0 ? 1 : -1];
  const length = Math.ceil(turns * 10);
  const points = Array.from({ length }, (_, at): [number, number] => {
    const angle = start + (sense * at * turns * 6.28) / length;
    const radius = 0.06 + (0.44 * at) / length;
    return [0.5 + radius * Math.cos(angle), 0.5 + radius * Math.sin(angle)];
  });
  return { bends: true, points };
}

function zigzag(random: Random): Stroke {
  const length = 5 + random.integer(12);
  const across = random.integer(2) === 0;
  const points = Array.from({ length }, (_, at): [number, number] => {
    const along = at / (length - 1) + random.symmetric(0.05);
    const beside = (at % 2 === 0 ? 0.1 : 0.9) + random.symmetric(0.15);
    return across ? [along, beside] : [beside, along];
  });
  return { bends: random.integer(2) === 0, points };
}

/** Ink of many parts that belong to nothing: specks, crumbs, hatching. */
const specks: Draw = (random, side) => {
  const canvas = { width: side, height: side, ink: new Uint8Array(side * side) };
  const count = 6 + random.integer(40);
  const hand = { ...anyHand(random), thickness: 0.03 + random.next() * 0.08 };
  const [dx, dy] = [random.symmetric(0.3), random.symmetric(0.3)];
  const isHatched = random.integer(2) === 0;
  for (let each = 0; each < count; each += 1) {
    const [x, y] = [random.next() * 0.8, random.next() * 0.8];
    const [u, v] = isHatched ? [dx, dy] : [random.symmetric(0.12), random.symmetric(0.12)];
    const stroke: Stroke = {
      bends: false,
      points: [
        [x, y],
        [x + u, y + v],
      ],
    };
    writeOn(canvas, random, [stroke], hand, side * 0.8, [side / 2, side / 2]);
  }
  return canvas;
};

/** Two signs that touch or stand close: what a crop of a text shows. */
const pair: Draw = (random, side) => {
  const canvas = { width: side, height: side, ink: new Uint8Array(side * side) };
  const hand = anyHand(random);
  const box = side * 0.42;
  const gap = side * (0.12 + random.next() * 0.14);
  const all = [...letterSigns, ...otherSigns, [lines('50,2 50,98')]];
  for (const sense of [-1, 1]) {
    const at = [side / 2 + sense * gap, side / 2 + random.symmetric(side * 0.04)] as const;
    writeOn(canvas, random, pick(random, all), hand, box, at);
  }
  return canvas;
};

/** What outliers are drawn, and out of how many: letters most, since they are what stands beside digits. */
export const outlierKinds: readonly { readonly draw: Draw; readonly weight: number }[] = [
  { draw: letter, weight: 48 },
  { draw: word, weight: 12 },
  { draw: sign, weight: 10 },
  { draw: scribble, weight: 10 },
  { draw: area, weight: 12 },
  { draw: specks, weight: 4 },
  { draw: pair, weight: 4 },
];
