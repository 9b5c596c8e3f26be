import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/random.ts';
import { createAugment } from '../../src/training/examples/augment.ts';
import type { ImageShape } from '../../src/datasets/dataset.ts';
import { resolveAugmentation } from '../../src/training/examples/augmentation-spec.ts';

const shape = { width: 9, height: 7, channels: 1 } as const;
const size = 63;

/** A dark image with a few bright pixels. */
function picture(...lit: [x: number, y: number, value: number][]): Uint8Array {
  const pixels = new Uint8Array(size);
  for (const [x, y, value] of lit) pixels[y * 9 + x] = value;
  return pixels;
}

/** Chance that gives these numbers for `symmetric`, in order, then zeros. */
function drawing(...values: number[]): Random {
  const random = createRandom(1);
  return { ...random, symmetric: () => values.shift() ?? 0 };
}

function vary(
  amounts: object,
  source: Uint8Array,
  random: Random,
  of: ImageShape = shape,
): number[] {
  const out = new Float32Array(source.length);
  const augment = createAugment(resolveAugmentation(amounts, of)!, of);
  augment(source, random, out);
  return Array.from(out, (value) => Math.round(value * 1000) / 1000);
}

describe('augmentation', () => {
  const source = picture([4, 3, 200], [5, 3, 100]);

  it('leaves an image alone when nothing is drawn', () => {
    expect(vary({}, source, drawing())).toEqual([...source]);
  });

  it('shifts: what is read from the right and below comes to the left and up', () => {
    const shifted = vary({ shift: 2 }, source, drawing(0, 0, 0, 0, 1, 2));
    expect(shifted).toEqual([...picture([3, 1, 200], [4, 1, 100])]);
  });

  it('reads between pixels bilinearly', () => {
    const shifted = vary({ shift: 2 }, picture([4, 3, 200]), drawing(0, 0, 0, 0, 0.25, 0));
    expect(shifted).toEqual([...picture([4, 3, 150], [3, 3, 50])]);
  });

  it('turns about the centre', () => {
    const turned = vary({ rotation: 180 }, picture([6, 3, 80]), drawing(Math.PI / 2));
    expect(turned).toEqual([...picture([4, 1, 80])]);
  });

  it('makes strokes thicker and thinner by a cross', () => {
    const thick = vary({ thickness: 1 }, picture([4, 3, 200]), drawing(0, 0, 0, 0, 0, 0, 0.5));
    expect(thick).toEqual([
      ...picture([4, 3, 200], [3, 3, 100], [5, 3, 100], [4, 2, 100], [4, 4, 100]),
    ]);
    const thin = vary({ thickness: 1 }, picture([4, 3, 200]), drawing(0, 0, 0, 0, 0, 0, -0.5));
    expect(thin).toEqual([...picture([4, 3, 100])]);
  });

  it('is black outside, or the nearest edge where the request says so', () => {
    const bright = new Uint8Array(size).fill(255);
    expect(Math.min(...vary({ shift: 3 }, bright, drawing(0, 0, 0, 0, 3, 0)))).toBe(0);
    expect(Math.min(...vary({ shift: 3, border: 'edge' }, bright, drawing(0, 0, 0, 0, 3, 0)))).toBe(
      255,
    );
  });

  it('warps smoothly: neighbours move nearly alike, by about the deviation asked', () => {
    const wide = { width: 28, height: 28, channels: 1 } as const;
    const ramp = Uint8Array.from({ length: 784 }, (_, at) => (at % 28) * 9);
    const warped = vary({ elastic: 1.5, border: 'edge' }, ramp, createRandom(3), wide);
    const moves = warped.map((value, at) => (value - ramp[at]!) / 9);
    const inner = moves.filter((_, at) => at % 28 > 4 && at % 28 < 23);
    const deviation = Math.sqrt(inner.reduce((sum, move) => sum + move ** 2, 0) / inner.length);
    expect(deviation).toBeGreaterThan(0.3);
    expect(deviation).toBeLessThan(1.4);
    const jumps = inner.slice(1).map((move, at) => Math.abs(move - inner[at]!));
    expect(jumps.filter((jump) => jump > 0.5).length).toBeLessThan(40);
  });

  it('treats all channels of a colour image alike', () => {
    const colour = { width: 5, height: 5, channels: 3 } as const;
    const grey = Uint8Array.from({ length: 25 }, (_, at) => (at * 37) % 256);
    const triple = Uint8Array.from({ length: 75 }, (_, at) => grey[Math.floor(at / 3)]!);
    const amounts = { rotation: 20, shear: 0.2, zoom: 0.2, shift: 1, elastic: 1, thickness: 0.5 };
    const one = vary(amounts, grey, createRandom(5), { ...colour, channels: 1 });
    const three = vary(amounts, triple, createRandom(5), colour);
    expect(three).toEqual(one.flatMap((value) => [value, value, value]));
  });

  it('stays within 0 and 255 and is the same for the same seed', () => {
    const preset = resolveAugmentation('handwriting', { width: 28, height: 28, channels: 1 })!;
    const augment = createAugment(preset, { width: 28, height: 28, channels: 1 });
    const noise = Uint8Array.from({ length: 784 }, (_, at) => (at * 151) % 256);
    const [random, again] = [createRandom(9), createRandom(9)];
    for (let round = 0; round < 20; round += 1) {
      const [first, second] = [new Float32Array(784), new Float32Array(784)];
      augment(noise, random, first);
      augment(noise, again, second);
      expect(first).toEqual(second);
      expect(first.every((value) => value >= 0 && value <= 255)).toBe(true);
    }
  });

  it('has a preset for handwriting with the amounts it was measured with, and none for none', () => {
    const mnist = { width: 28, height: 28, channels: 1 } as const;
    expect(resolveAugmentation('none', mnist)).toBeUndefined();
    expect(resolveAugmentation('handwriting', mnist)).toEqual({
      rotation: 15,
      shear: 0.2,
      zoom: 0.15,
      shift: 2,
      elastic: 1.5,
      thickness: 0.7,
      border: 'black',
    });
    const photo = resolveAugmentation('photo', { width: 50, height: 100, channels: 3 });
    expect(photo).toMatchObject({ shift: 3, border: 'edge', elastic: 0, thickness: 0 });
  });

  it('works on images of one pixel', () => {
    const dot = { width: 1, height: 1, channels: 1 } as const;
    const augment = createAugment(resolveAugmentation('handwriting', dot)!, dot);
    const out = new Float32Array(1);
    augment(Uint8Array.of(9), createRandom(1), out);
    expect(out[0]).toBeGreaterThanOrEqual(0);
  });
});
