import { createHash } from 'node:crypto';
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

  it('that see what stands out', () => {
    each((_w, _h, plane) => {
      const paper = someLevels(plane.data.length);
      const isDark = random.integer(2) === 0;
      return bothOf(plane, (loops, own) => {
        const under = loops.floats(paper.length);
        under.set(paper);
        loops.standOut({ ...own, data: under }, own, isDark);
        return under;
      });
    });
  });

  it('that take the light off a page, of pages of one level and one pixel as of others', () => {
    each((width, height, plane) => {
      const kind = random.integer(3);
      const data = plane.data.map((value, at) => {
        if (kind === 0) return value;
        return kind === 1 ? 80 : (at % width) * 2 - Math.floor(at / width) + random.integer(3);
      });
      return bothOf({ width, height, data }, (loops, own) => loops.takeLight(own));
    });
  });

  it('that share out any part of an axis', () => {
    each((width, _h, plane) => {
      const start = random.next() * width;
      const end = start + 0.1 + random.next() * (width - start);
      const count = side();
      return bothOf(plane, (loops) => {
        const { first, seen, from, start: starts, share } = loops.cells(width, start, end, count);
        return Float32Array.of(
          first,
          seen,
          ...from,
          ...starts,
          ...share.subarray(0, starts.at(-1)),
        );
      });
    });
  });

  it('that find what hangs together, keep some of it, and look at it and around it', () => {
    each((width, height, plane) => {
      const threshold = random.integer(4) === 0 ? 400 : random.symmetric(250);
      const [near, far] = [random.integer(4), random.integer(30)];
      const [left, top] = [random.integer(width), random.integer(height)];
      const [right, bottom] = [left + random.integer(9), top + random.integer(9)];
      const odd = random.integer(2);
      return bothOf(plane, (loops, own) => {
        const { runs, masses, boxes } = loops.findPieces(own, threshold);
        const found = [...runs, ...masses, ...boxes];
        const isKept = loops.bytes(masses.length).fill(0);
        for (let piece = odd; piece < masses.length; piece += 2) isKept[piece] = 1;
        const kept = loops.keepRuns(runs, isKept);
        const places = [...kept].filter((_, at) => at % 3 < 2);
        const box = { left, top, right, bottom };
        const around = loops.takeAround(own, kept, box, near, far);
        const soft = loops.softenRuns(own, kept, threshold - 50, threshold + 90).data;
        const numbers = [...found, ...places, ...loops.takeRuns(own, kept), ...around, ...soft];
        return Float32Array.from(numbers);
      });
    });
  });

  it('that look for the value at a rank', () => {
    each((_w, _h, plane) => {
      const kind = random.integer(3);
      const values = plane.data.map((value) => (kind === 0 ? 7 : kind === 1 ? value : value % 3));
      const rank = random.integer(values.length + 1);
      return bothOf({ ...plane, data: values }, (loops, own) =>
        // Of zeros it is not said which.
        Float32Array.of((loops.valueAtRank(own.data, rank) ?? NaN) + 0),
      );
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
      for (const rule of ['border', 'find'] as const) {
        expect(canonicalise(page, simd, rule)).toEqual(canonicalise(page, plainLoops, rule));
      }
    }
  });
});

describe('the digits that are found', () => {
  it('are those of every version so far, byte for byte', () => {
    const [own, digit, digest] = [createRandom(12), inMnistFrame(), createHash('sha256')];
    for (let round = 0; round < 24; round += 1) {
      const [width, height] = [60 + own.integer(400), 60 + own.integer(300)];
      const size = 28 + own.integer(Math.min(width, height) - 28);
      const [left, top] = [own.integer(width - size), own.integer(height - size)];
      const [paper, ink, slope] = [own.integer(256), own.integer(256), own.next() / 3];
      const grain = 1 + own.integer(round % 4 === 0 ? 90 : 12);
      const data = Uint8Array.from({ length: width * height }, (_, at) => {
        const [x, y] = [at % width, Math.floor(at / width)];
        const [u, v] = [x - left, y - top].map((off) => Math.floor((off * 28) / size));
        const isNear = u! >= 0 && u! < 28 && v! >= 0 && v! < 28;
        const level = paper + ((ink - paper) * (isNear ? digit[v! * 28 + u!]! : 0)) / 255;
        return Math.min(255, Math.max(0, level - x * slope + own.integer(grain)));
      });
      const found = canonicalise({ width, height, channels: 1, data }, simd);
      digest.update(found.pixels).update(`${found.separability} ${found.contrast}\n`);
    }
    expect(digest.digest('hex').slice(0, 16)).toBe('47cd2fa12938ea01');
  });
});

/** What both find in lines of levels. */
function pieces(lines: readonly string[]) {
  const [width, height] = [lines[0]!.length, lines.length];
  const data = Float32Array.from(lines.join(''), (level) => Number(level));
  return [simd, plainLoops].map((loops) => {
    loops.begin(4_000_000);
    const own = loops.floats(data.length);
    own.set(data);
    const { masses, boxes } = loops.findPieces({ width, height, data: own }, 0.5);
    return { masses: [...masses], boxes: [...boxes] };
  });
}

describe('what hangs together', () => {
  it('touches at a side or a corner, by whatever way, and is numbered from above', () => {
    const [one, other] = pieces([
      '10001', // The left one and the right one meet below.
      '01010',
      '00100',
      '00000',
      '40022', // Neither touches the other round the edge.
    ]);
    expect(one).toEqual({ masses: [5, 4, 4], boxes: [0, 0, 5, 3, 0, 4, 1, 5, 3, 4, 5, 5] });
    expect(other).toEqual(one);
  });

  it('is nothing on an empty page, and all of a full one', () => {
    for (const found of pieces(['000', '000'])) expect(found).toEqual({ masses: [], boxes: [] });
    for (const found of pieces(['333', '333'])) {
      expect(found).toEqual({ masses: [18], boxes: [0, 0, 3, 2] });
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
    expect(() => room.doubles(500_000)).toThrow('our bug');
  });
});
