import sharp from 'sharp';
import { openAssembly } from '../../src/image/assembly/open-assembly.ts';
import type { PlaneLoops } from '../../src/image/handwriting/plane-loops.ts';
import { plainLoops } from '../../src/image/handwriting/plain-loops.ts';
import { simdLoops } from '../../src/image/handwriting/simd-loops.ts';
import type { InkMap, Piece } from '../../src/image/reading/ink-map.ts';
import { findLines } from '../../src/image/reading/find-lines.ts';
import { lookAtLine, type LineInk } from '../../src/image/reading/line-ink.ts';
import { roomForPage } from '../../src/image/reading/read-page.ts';
import type { Random } from '../../src/random.ts';
import type { GlyphSource } from '../drawing/glyphs.ts';
import { sayLine, takeLine, writings, type LinePicture, type Spacing } from '../drawing/lines.ts';

/** A line as it is seen from close up, and whose ink it really is. */
export interface SeenLine {
  readonly map: InkMap;
  readonly pieces: readonly Piece[];
  /** Which digit of the text, from 1 on, each pixel belongs to. */
  readonly owners: Uint8Array;
  /** How many pixels each digit was drawn with. */
  readonly drawn: Float64Array;
  /** Its digits alone. */
  readonly text: string;
}

const assembly = openAssembly();
const loops: PlaneLoops = assembly ? simdLoops(assembly) : plainLoops;

/** Draws a line, and finds it as it would be found in order to be read. */
export async function drawLine(
  random: Random,
  sources: readonly GlyphSource[],
): Promise<SeenLine[]> {
  const writing = random.next() < 0.85 ? 'number' : writings[1 + random.integer(3)]!;
  const text = sayLine(random, writing);
  const source = sources[random.integer(sources.length)]!;
  const level = random.integer(4);
  const picture = await takeLine(random, source, text, writing, spacingOf(random), level, 75);
  const { width, height } = picture;
  const pixels = await sharp(picture.bytes).toColourspace('b-w').raw().toBuffer();
  const size = { width, height, channels: 1 } as const;
  loops.begin(2 * roomForPage({ ...size, data: pixels }) + (1 << 24));
  const page = { width, height, data: loops.bytes(pixels.length) };
  page.data.set(pixels);
  const found = findLines(loops, page);
  if (!found) return [];
  return found.lines.map((place) => {
    const line = lookAtLine(loops, page, found, place);
    const drawn = new Float64Array(picture.boxes.length + 1);
    for (const owner of picture.owners) drawn[owner]! += line.scale * line.scale;
    const { map, pieces } = line;
    return {
      map,
      pieces,
      owners: ownersIn(picture, line),
      drawn,
      text: text.replaceAll(/\D/g, ''),
    };
  });
}

function spacingOf(random: Random): Spacing {
  const chance = random.next();
  if (chance < 0.7) return 'touching';
  if (chance < 0.83) return 'tight';
  return chance < 0.95 ? 'spaced' : 'wide';
}

function ownersIn(picture: LinePicture, { map, part, scale }: LineInk): Uint8Array {
  const owners = new Uint8Array(map.piece.length);
  for (let y = 0, at = 0; y < map.height; y += 1) {
    const row = Math.min(picture.height - 1, Math.floor((y + 0.5) / scale + part.top));
    for (let x = 0; x < map.width; x += 1, at += 1) {
      const column = Math.min(picture.width - 1, Math.floor((x + 0.5) / scale + part.left));
      if (map.piece[at]) owners[at] = picture.owners[row * picture.width + column]!;
    }
  }
  return owners;
}
