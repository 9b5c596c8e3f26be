import type { Random } from '../../../src/random.ts';
import { chance, lying, negative, sheetOf, shown, slope, type Draw } from './sheets.ts';
import { between, tinted, type Colour, type Shot } from './shot.ts';

/** A frame around everything: the width of its sides, in pixels, and a colour. */
function framed(shot: Shot, sides: readonly number[], colour: (x: number, y: number) => Colour) {
  const { width, height } = shot;
  const [left = 0, top = 0, right = 0, bottom = 0] = sides;
  const isFrame = (x: number, y: number): boolean =>
    x < left || y < top || x >= width - right || y >= height - bottom;
  return {
    ...shot,
    over: (x: number, y: number) => (isFrame(x, y) ? colour(x, y) : undefined),
  };
}

export const plain: Draw = async (random, ink) => {
  const shot = await sheetOf(random, ink, { least: 40, most: 1400 });
  return shown(random, chance(random, 0.5) ? shot : negative(shot));
};

export const border =
  (pixels: number): Draw =>
  async (random, ink) => {
    const shot = await sheetOf(random, ink, { least: Math.max(40, pixels * 20) });
    const level = tinted(random, between(random, 0, 45), 4);
    const sides = [pixels, pixels, pixels, pixels];
    // Once in a while a page of a dark screen, in a light border.
    if (chance(random, 0.15)) {
      return shown(
        random,
        framed(negative(shot), sides, () => [250, 250, 250]),
      );
    }
    return shown(
      random,
      framed(shot, sides, () => level),
    );
  };

export const scanFrame: Draw = async (random, ink) => {
  const shot = await sheetOf(random, ink, { low: 0.2, high: 0.5 });
  const shorter = Math.min(shot.width, shot.height);
  const isEven = chance(random, 0.5);
  const side = between(random, 0.03, 0.12) * shorter;
  const sides = [0, 1, 2, 3].map(() => (isEven ? side : between(random, 0.01, 0.12) * shorter));
  const level = between(random, 0, 70);
  const grey: Colour = [level, level, level];
  return shown(
    random,
    framed(keptApart(random, shot, sides), sides, () => grey),
  );
};

export const scannerBar: Draw = async (random, ink) => {
  const shot = await sheetOf(random, ink, { low: 0.2, high: 0.5 });
  const sides = [0, 0, 0, 0];
  const at = random.integer(4);
  const across = at % 2 === 0 ? shot.width : shot.height;
  sides[at] = between(random, 0.03, 0.2) * across;
  const [level, rise] = [between(random, 0, 110), chance(random, 0.3) ? 60 : 0];
  const bar = (x: number, y: number): Colour => {
    const share = at % 2 === 0 ? x / shot.width : y / shot.height;
    const grey = level + rise * Math.abs(share - (at > 1 ? 1 : 0)) * 5;
    return [grey, grey, grey];
  };
  const kept = keptApart(random, shot, sides);
  return shown(random, framed(kept, sides, bar));
};

/** The digit moved to where a frame does not cover it. */
function keptApart(random: Random, shot: Shot, sides: readonly number[]): Shot {
  const [left = 0, top = 0, right = 0, bottom = 0] = sides;
  const place = lying(random, shot.digit, shot.width - left - right, shot.height - top - bottom);
  return { ...shot, left: place.left + left, top: place.top + top };
}

export const shadow: Draw = async (random, ink) => {
  const shot = await sheetOf(random, ink, { faint: 0.25, full: 0.6, low: 0.16, high: 0.5 });
  const angle = random.next() * 6.28;
  const [sx, sy] = [Math.cos(angle), Math.sin(angle)];
  const [edge, soft] = [random.symmetric(0.35), between(random, 0.004, 0.08)];
  const loss = between(random, 0.25, 0.6);
  const light = slope(random, shot, 0.25);
  return shown(random, {
    ...shot,
    light: (x, y) => {
      const inside = (sx * (x / shot.width - 0.5) + sy * (y / shot.height - 0.5) - edge) / soft;
      return light(x, y) * (1 - loss / (1 + Math.exp(-inside)));
    },
  });
};

export const fold: Draw = async (random, ink) => {
  const shot = await sheetOf(random, ink, { faint: 0.4, full: 0.9 });
  const angle = chance(random, 0.7) ? random.integer(2) * 1.5708 + random.symmetric(0.08) : 0.7;
  const [sx, sy] = [Math.cos(angle), Math.sin(angle)];
  const side = Math.max(shot.width, shot.height);
  const [edge, thick] = [random.symmetric(0.35), between(random, 0.003, 0.012) * side];
  const [step, valley] = [between(random, 0.03, 0.2), between(random, 0.06, 0.25)];
  const isRidge = chance(random, 0.5);
  return shown(random, {
    ...shot,
    light: (x, y) => {
      const off = sx * (x - shot.width / 2) + sy * (y - shot.height / 2) - edge * side;
      const crease = Math.exp(-((off / thick) ** 2));
      const spread = Math.exp(-Math.abs(off) / (0.12 * side));
      const half = off > 0 ? 1 - step * spread : 1;
      return half * (isRidge ? 1 + (valley / 2) * crease : 1 - valley * crease);
    },
  });
};
