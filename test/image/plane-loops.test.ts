import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOfAssembly } from '../../scripts/assembly-digest.ts';
import { assembledFrom } from '../../src/image/assembly/assembled.ts';
import { openAssembly } from '../../src/image/assembly/open-assembly.ts';
import { canonicalise } from '../../src/image/handwriting/canonicalise.ts';
import { plainLoops } from '../../src/image/handwriting/plain-loops.ts';
import { resample } from '../../src/image/handwriting/plane.ts';
import type { Plane, PlaneLoops } from '../../src/image/handwriting/plane-loops.ts';
import { simdLoops } from '../../src/image/handwriting/simd-loops.ts';
import { createRandom } from '../../src/random.ts';
import { inMnistFrame } from './images.ts';

const random = createRandom(11);
const simd = simdLoops(openAssembly()!);

/** Sides that are a multiple of no lane as often as not, single pixels among them. */
const side = (): number => 1 + random.integer(random.integer(4) === 0 ? 3 : 70);

/** Numbers with many bits, zeros of both signs, and values beyond those of an image. */
function someLevels(count: number): Float32Array {
  const kinds = [0, -0, 255, -255, 1e-30, 3e6];
  return Float32Array.from({ length: count }, () =>
    random.integer(8) === 0 ? kinds[random.integer(kinds.length)]! : random.symmetric(300),
  );
}

/** Runs the same with both, each with a copy of the plane of its own, and gives the bits of the results. */
function bothOf(
  plane: Plane,
  run: (loops: PlaneLoops, own: Plane) => Float32Array | Int32Array | void,
): [string, string] {
  const bitsFrom = (loops: PlaneLoops): string => {
    loops.begin(4_000_000);
    const own = { ...plane, data: loops.floats(plane.data.length) };
    own.data.set(plane.data);
    const { buffer, byteOffset, byteLength } = run(loops, own) ?? own.data;
    return Buffer.from(buffer, byteOffset, byteLength).toString('hex');
  };
  return [bitsFrom(simd), bitsFrom(plainLoops)];
}

function each(run: (width: number, height: number, plane: Plane) => [string, string]): void {
  for (let round = 0; round < 60; round += 1) {
    const [width, height] = [side(), side()];
    const [one, other] = run(width, height, { width, height, data: someLevels(width * height) });
    expect(one, `${width} x ${height}`).toBe(other);
  }
}

describe('the loops with SIMD give the same bits as the plain ones', () => {
  it('that resample any part of a plane to any size, of numbers', () => {
    each((width, height, plane) => {
      const [left, top] = [random.next() * width, random.next() * height];
      const right = left + 0.1 + random.next() * (width - left);
      const bottom = top + 0.1 + random.next() * (height - top);
      const [w, h] = [side(), side()];
      const box = { left, top, right, bottom };
      return bothOf(plane, (loops, own) => resample(loops, own, box, w, h).data);
    });
  });

  it('that resample bytes', () => {
    each((width, height, plane) => {
      const levels = Uint8Array.from(plane.data, () => random.integer(256));
      const box = { left: 0, top: 0, right: width, bottom: height };
      const [w, h] = [side(), side()];
      return bothOf(plane, (loops) => {
        const data = loops.bytes(levels.length);
        data.set(levels);
        return resample(loops, { width, height, data }, box, w, h).data;
      });
    });
  });

  it('that smooth', () => {
    each((_w, _h, plane) => bothOf(plane, (loops, own) => loops.blur(own)));
  });

  it('that slide a maximum or a minimum, over nothing and far over the border', () => {
    each((_w, _h, plane) => {
      const [reach, extreme] = [random.integer(20), random.integer(2) ? 'maximum' : 'minimum'];
      return bothOf(plane, (loops, own) => loops.slide(own, reach, extreme as 'maximum'));
    });
  });

  it('that see what stands out, and take a surface away', () => {
    each((width, _h, plane) => {
      const paper = someLevels(plane.data.length);
      const xs = someLevels(width);
      const term = (): number => random.symmetric(100);
      const surface = [term(), term(), term(), term(), term(), term()] as const;
      const isDark = random.integer(2) === 0;
      return bothOf(plane, (loops, own) => {
        const [under, places] = [loops.floats(paper.length), loops.floats(width)];
        under.set(paper);
        places.set(xs);
        loops.standOut({ ...own, data: under }, own, isDark);
        loops.takeSurface({ ...own, data: under }, places, surface);
        return under;
      });
    });
  });

  it('that count levels, and find the largest', () => {
    each((_w, _h, plane) => {
      const levels = { ...plane, data: plane.data.map((value) => Math.abs(value)) };
      return bothOf(levels, (loops, own) => {
        const top = loops.largest(own.data, random.integer(2));
        const counts = loops.countLevels(own.data, 256 / (top || 1));
        return Float32Array.of(top, ...counts);
      });
    });
  });

  it('that make grey of colour', () => {
    each((width, height, plane) => {
      const colour = Uint8Array.from({ length: 3 * width * height }, () => random.integer(256));
      return bothOf(plane, (loops) => {
        const data = loops.bytes(colour.length);
        data.set(colour);
        return Float32Array.from(loops.grey(data));
      });
    });
  });

  it('and find the same digit in the same page, whatever its size', () => {
    const digit = inMnistFrame();
    const sizes = [
      [203, 97, 3],
      [31, 300, 1],
      [64, 64, 1],
      [1, 1, 3],
      [2, 3, 1],
      [1, 700, 1],
      [1024, 2, 3],
      [129, 128, 1],
    ] as const;
    for (const [width, height, channels] of sizes) {
      const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
        const pixel = Math.floor(i / channels);
        const [x, y] = [(pixel % width) - 3, Math.floor(pixel / width) - 20];
        const ink = x >= 0 && x < 28 && y >= 0 && y < 28 ? digit[y * 28 + x]! : 0;
        return 220 - (ink * 3) / 4 - random.integer(9);
      });
      const page = { width, height, channels, data };
      expect(canonicalise(page, simd)).toEqual(canonicalise(page, plainLoops));
    }
  });
});

describe('the compiled code', () => {
  it('is that of assembly/ (npm run assemble makes it anew)', async () => {
    expect(assembledFrom).toBe(await digestOfAssembly(join(import.meta.dirname, '..', '..')));
  });

  it('is left out where there is no WebAssembly that takes it', () => {
    expect(openAssembly(Buffer.from('no module').toString('base64'))).toBeUndefined();
    const engine = Reflect.get(globalThis, 'WebAssembly');
    Reflect.deleteProperty(globalThis, 'WebAssembly');
    try {
      expect(openAssembly()).toBeUndefined();
    } finally {
      Reflect.set(globalThis, 'WebAssembly', engine);
    }
  });

  it('refuses to work beyond the memory that was announced', () => {
    const { room } = openAssembly()!;
    room.begin(1000);
    room.floats(100);
    expect(() => room.floats(1_000_000)).toThrow('our bug');
  });
});
