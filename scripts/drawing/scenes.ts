import sharp from 'sharp';
import type { Random } from '../../src/random.ts';
import { photograph } from './paper.ts';
import type { Canvas } from '../../src/training/outliers/pen.ts';

/** How hard a scene is; every level adds to the one before it. */
export const levels = [
  'L0: dark on white, centred, clean',
  'L1: either polarity, 60 to 400 pixels high, anywhere, turned up to 10 degrees',
  'L2: uneven light, noise, blur, JPEG, contrast .3 to .9',
  'L3: ruled lines and a soft shadow',
] as const;

export const between = (random: Random, low: number, high: number): number =>
  low + random.next() * (high - low);

/** An encoded image of one digit as somebody might send it. */
export async function takePicture(random: Random, ink: Canvas, level: number): Promise<Buffer> {
  if (level === 0) return encode(clean(await shaped(ink, 180, 0, 0)), level, random);
  const high = Math.round(between(random, 60, 400));
  const blur = level < 2 ? 0 : (between(random, 0, 1.4) * high) / 180;
  const digit = await shaped(ink, high, random.symmetric(10), blur);
  const [margin, least] = [between(random, 0.25, 1.2) * high, 0.12 * high];
  const [width, height] = [digit.width + margin + 2 * least, digit.height + margin + 2 * least];
  const { paper, ink: level0 } = tones(random, level);
  const scene = {
    width: Math.round(width),
    height: Math.round(height),
    paper,
    ink: level0,
    left: Math.round(least + random.next() * margin),
    top: Math.round(least + random.next() * margin),
    shade: level < 2 ? 0 : between(random, 0.1, 0.5),
    noise: level < 2 ? 0 : between(random, 2, 10),
    ruling: level < 3 ? 0 : Math.round(between(random, 0.3, 0.7) * high),
    ruleWidth: Math.max(1, Math.round(high / 90)),
    ruleStrength: between(random, 0.15, 0.45),
    shadow: level < 3 ? 0 : between(random, 0.2, 0.45),
  };
  return encode({ ...scene, pixels: photograph(random, digit, scene) }, level, random);
}

/** Grey levels of paper and ink: near black and white, or as far apart as the contrast says. */
export function tones(random: Random, level: number): { paper: number; ink: number } {
  const contrast = level < 2 ? between(random, 0.85, 1) : between(random, 0.3, 0.9);
  const dark = random.next() * (1 - contrast) * 255;
  const [low, high] = [Math.round(dark), Math.round(dark + contrast * 255)];
  return random.next() < 0.5 ? { paper: high, ink: low } : { paper: low, ink: high };
}

/** The ink so many pixels high, turned, out of focus. */
async function shaped(ink: Canvas, high: number, turn: number, blur: number): Promise<Canvas> {
  const { width, height } = ink;
  const resized = await sharp(ink.ink, { raw: { width, height, channels: 1 } })
    .resize(Math.max(1, Math.round((width * high) / height)), high, { fit: 'fill' })
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const spread = Math.ceil(blur * 3);
  const turned = sharp(resized.data, {
    raw: { width: resized.info.width, height: resized.info.height, channels: 1 },
  })
    .rotate(turn, { background: '#000' })
    .extend({ top: spread, bottom: spread, left: spread, right: spread, background: '#000' });
  const { data, info } = await (blur >= 0.3 ? turned.blur(blur) : turned)
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, ink: data };
}

interface Grey {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

function clean({ width, height, ink }: Canvas): Grey {
  const side = Math.round(Math.max(width, height) * 1.6);
  const pixels = new Uint8Array(side * side).fill(255);
  const [left, top] = [(side - width) >> 1, (side - height) >> 1];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      pixels[(top + y) * side + left + x] = 255 - ink[y * width + x]!;
    }
  }
  return { width: side, height: side, pixels };
}

export async function encode(
  { width, height, pixels }: Grey,
  level: number,
  random: Random,
): Promise<Buffer> {
  const image = sharp(pixels, { raw: { width, height, channels: 1 } }).toColourspace('b-w');
  if (level < 2) return image.png().toBuffer();
  return image.jpeg({ quality: 50 + random.integer(41) }).toBuffer();
}
