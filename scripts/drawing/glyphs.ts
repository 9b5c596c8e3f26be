import { execFileSync } from 'node:child_process';
import sharp from 'sharp';
import type { Random } from '../../src/random.ts';
import type { Canvas } from '../../src/training/outliers/pen.ts';
import { drawHand, writeDigit } from './pen.ts';

/** The ink of one digit, cut out to its very edges. */
export interface Glyph {
  readonly digit: number;
  readonly canvas: Canvas;
}

/** Where digits come from, and how many ways of writing there are. */
export interface GlyphSource {
  readonly name: string;
  draw(random: Random, digit: number): Promise<Glyph>;
}

/** The strokes of our own pen. */
export const strokes: GlyphSource = {
  name: 'our own pen',
  draw: async (random, digit) => ({
    digit,
    canvas: cutOut(writeDigit(random, digit, drawHand(random, digit), 320, 200)),
  }),
};

/** Digits of MNIST, 28x28, enlarged as smoothly as they are. */
export function mnistGlyphs(pixels: Uint8Array, labels: Uint8Array): GlyphSource {
  return {
    name: 'MNIST',
    async draw(random, digit) {
      let index = random.integer(labels.length);
      while (labels[index] !== digit) index = (index + 1) % labels.length;
      const raw = { width: 28, height: 28, channels: 1 } as const;
      const ink = await sharp(pixels.subarray(index * 784, (index + 1) * 784), { raw })
        .resize(280, 280, { kernel: 'cubic' })
        .toColourspace('b-w')
        .raw()
        .toBuffer();
      return { digit, canvas: cutOut({ width: 280, height: 280, ink }) };
    },
  };
}

/** Faces that imitate a hand, by their names. */
const handLike =
  /hand|script|comic|chancery|cursive|purisa|kristi|humor|brush|marker|breip|klee|femke/i;

/**
 * The fonts of this machine that have all digits and are meant for Latin text, as two sources: those
 * like handwriting and all others. SVG is read here, so this must be done before the image room shuts
 * the loaders of this process.
 */
export async function fontGlyphs(faces: readonly string[], count: number): Promise<GlyphSource[]> {
  const [hands, others] = [faces.filter((face) => handLike.test(face)), [] as string[]];
  others.push(...faces.filter((face) => !handLike.test(face)));
  const sources: GlyphSource[] = [];
  for (const [name, chosen] of [
    ['fonts', others],
    ['handwriting fonts', hands],
  ] as const) {
    if (chosen.length === 0) continue;
    const glyphs: Glyph[] = [];
    for (let index = 0; index < count; index += 1) {
      glyphs.push(await render(chosen[Math.floor(index / 10) % chosen.length]!, index % 10));
    }
    sources.push({
      name: `${chosen.length} ${name}`,
      async draw(random, digit) {
        const own = glyphs.filter((glyph) => glyph.digit === digit);
        return own[random.integer(own.length)]!;
      },
    });
  }
  return sources;
}

/** Faces with pictures of keys in place of digits. */
const noDigits = /keyboard/i;

/** Faces as fontconfig lists them, "DejaVu Sans:style=Bold"; none where there is no fontconfig. */
export function systemFaces(): string[] {
  try {
    const query = [':lang=en:charset=30-39:scalable=true', 'family', 'style'];
    const listed = execFileSync('fc-list', query, { encoding: 'utf8', stdio: 'pipe' });
    return [...new Set(listed.trim().split('\n'))]
      .filter((face) => face !== '' && !noDigits.test(face))
      .sort();
  } catch {
    return [];
  }
}

async function render(face: string, digit: number): Promise<Glyph> {
  const canvas = await renderText(face, String(digit));
  if (!canvas) throw new Error('a digit without ink');
  return { digit, canvas };
}

/** The ink of a few signs in a face, cut out; undefined where the face has none for them. */
export async function renderText(face: string, text: string): Promise<Canvas | undefined> {
  const [families = '', style = ''] = face.split(':style=');
  const family = families.split(',')[0]!.replaceAll(/[<>&"']/g, '');
  const weight = /black|heavy/i.test(style)
    ? 900
    : /bold/i.test(style)
      ? 700
      : /light/i.test(style)
        ? 300
        : 400;
  const slant = /italic|oblique/i.test(style) ? 'italic' : 'normal';
  const stretch = /condensed|narrow/i.test(style) ? 'condensed' : 'normal';
  const look = `font-family="${family}" font-weight="${weight}" font-style="${slant}" font-stretch="${stretch}"`;
  const width = 200 + 280 * text.length;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="480"><rect width="${width}" height="480"/><text x="${width / 2}" y="340" font-size="280" text-anchor="middle" fill="#fff" ${look}>${text}</text></svg>`;
  const ink = await sharp(Buffer.from(svg)).toColourspace('b-w').removeAlpha().raw().toBuffer();
  return ink.some((value) => value >= FAINT) ? cutOut({ width, height: 480, ink }) : undefined;
}

/** Fainter than this is no ink. */
const FAINT = 32;

/** The canvas without its empty edges. */
export function cutOut({ width, height, ink }: Canvas): Canvas {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (ink[y * width + x]! < FAINT) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  }
  if (right < 0) throw new Error('a sign without ink');
  const cut = new Uint8Array((right - left + 1) * (bottom - top + 1));
  for (let y = top; y <= bottom; y += 1) {
    const row = ink.subarray(y * width + left, y * width + right + 1);
    cut.set(row, (y - top) * row.length);
  }
  return { width: right - left + 1, height: bottom - top + 1, ink: cut };
}
