import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { cutOut, strokes } from '../../scripts/drawing/glyphs.ts';
import { pageCases } from '../../scripts/drawing/pages/cases.ts';
import { takePicture } from '../../scripts/drawing/scenes.ts';
import { openAssembly } from '../../src/image/assembly/open-assembly.ts';
import { withoutAlpha } from '../../src/image/alpha.ts';
import { canonicalise } from '../../src/image/handwriting/canonicalise.ts';
import { plainLoops } from '../../src/image/handwriting/plain-loops.ts';
import { simdLoops } from '../../src/image/handwriting/simd-loops.ts';
import type { Raster } from '../../src/image/raster.ts';
import { createRandom, type Random } from '../../src/random.ts';
import type { Canvas } from '../../src/training/outliers/pen.ts';

const simd = simdLoops(openAssembly()!);

async function decoded(file: Buffer): Promise<Raster> {
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels === 2 || channels === 4)
    return withoutAlpha({ width, height, channels, data }, 'ink');
  return { width, height, channels: channels === 1 ? 1 : 3, data };
}

const isPhotograph = (picture: Raster): boolean =>
  canonicalise(picture, simd, 'find').isPhotograph === true;

type Ellipse = readonly [x: number, y: number, across: number, down: number, level: number];

/** A head with dark hair before a wall, of whose hair alone the ink of a 0 is made; with eyes and a coat or without. */
function head(random: Random, has: { eyes: boolean; coat: boolean }): Raster {
  const [width, height, wall] = [300, 240, 180];
  const coat: Ellipse = [150, 240, 110, 84, 102];
  const hair: Ellipse = [150, 90, 52, 60, 24];
  const face: Ellipse = [150, 102, 40, 50, 188];
  const eyes = [135, 165].map((x): Ellipse => [x, 97, 5, 5, 10]);
  const things = [...(has.coat ? [coat] : []), hair, face, ...(has.eyes ? eyes : [])];
  const levelAt = (x: number, y: number): number =>
    things.reduce((level, [left, top, across, down, own]) => {
      const off = Math.hypot((x - left) / across, (y - top) / down);
      // The edge is some three pixels wide.
      const cover = Math.min(1, Math.max(0, 0.5 + ((1 - off) * Math.min(across, down)) / 3));
      return level + (own - level) * cover;
    }, wall);
  const data = Uint8Array.from({ length: width * height }, (_, at) => {
    const level = levelAt(at % width, Math.floor(at / width)) + 5 * random.normal();
    return Math.min(255, Math.max(0, Math.round(level)));
  });
  return { width, height, channels: 1, data };
}

describe('what is read off a picture', () => {
  const random = createRandom(71);

  it('is a part of a photograph where both marks in it and steps off all ink are left out', () => {
    expect(isPhotograph(head(random, { eyes: true, coat: true }))).toBe(true);
  });

  it('is one by plain loops and by those with vectors', () => {
    const picture = head(random, { eyes: true, coat: true });
    expect(canonicalise(picture, plainLoops, 'find')).toEqual(canonicalise(picture, simd, 'find'));
  });

  it('is none for marks or for steps alone: dust, or a shadow', () => {
    expect(isPhotograph(head(random, { eyes: true, coat: false }))).toBe(false);
    expect(isPhotograph(head(random, { eyes: false, coat: true }))).toBe(false);
  });

  it('is not asked for by the rule border, which versions that are there go by', () => {
    const picture = head(random, { eyes: true, coat: true });
    expect(canonicalise(picture, simd, 'border')).not.toHaveProperty('isPhotograph');
  });
});

/** A digit in a frame, with a line below it and dust around it. */
function inForm({ width, height, ink }: Canvas): Canvas {
  const margin = Math.round(height / 2);
  const [wide, high] = [width + 2 * margin, height + 2 * margin];
  const all = new Uint8Array(wide * high);
  const fill = (left: number, top: number, across: number, down: number): void => {
    for (let y = top; y < top + down; y += 1)
      all.fill(255, y * wide + left, y * wide + left + across);
  };
  for (let y = 0; y < height; y += 1) {
    all.set(ink.subarray(y * width, (y + 1) * width), (y + margin) * wide + margin);
  }
  fill(0, 0, wide, 3);
  fill(0, high - 3, wide, 3);
  fill(0, 0, 3, high);
  fill(wide - 3, 0, 3, high);
  fill(margin, high - (margin >> 1), width, 4);
  fill(margin >> 1, margin >> 1, 5, 4);
  return cutOut({ width: wide, height: high, ink: all });
}

describe('a digit on paper is no part of a photograph', () => {
  it.each(pageCases.filter(({ of }) => of === undefined))('as $name', async ({ name, draw }) => {
    const random = createRandom(72).fork(name);
    for (const digit of [0, 4, 6, 8, 9]) {
      const { canvas } = await strokes.draw(random, digit);
      expect(isPhotograph(await decoded(await draw(random, canvas)))).toBe(false);
    }
  });

  it.each([0, 1, 2, 3])('in scenes of level %i, alone and in a form', async (level) => {
    const random = createRandom(73).fork(String(level));
    for (const digit of [0, 4, 6, 8, 9]) {
      const { canvas } = await strokes.draw(random, digit);
      for (const drawn of [canvas, inForm(canvas)]) {
        expect(isPhotograph(await decoded(await takePicture(random, drawn, level)))).toBe(false);
      }
    }
  });
});
