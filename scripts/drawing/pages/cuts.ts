import sharp from 'sharp';
import { chance, lying, negative, shown, slope, tones, type Draw } from './sheets.ts';
import { between, inkOf, sized, tinted } from './shot.ts';

/** Cut to its ink, or to a pixel around it. */
export const tight: Draw = async (random, ink) => {
  const tall = sized(random, 8, 120);
  const digit = await inkOf(ink, tall, chance(random, 0.3) ? random.symmetric(6) : 0);
  const pad = chance(random, 0.7) ? 0 : 1;
  const [width, height] = [digit.width + 2 * pad, digit.height + 2 * pad];
  const { paper, ink: pen } = tones(random, [0.55, 1]);
  const shot = { width, height, paper, ink: pen, digit, left: pad, top: pad, noise: 0, blur: 0 };
  return shown(random, chance(random, 0.7) ? shot : negative(shot));
};

/** A digit of MNIST without the frame that it came in. */
export const boxed: Draw = async (random, ink) => {
  const tall = ink.height >= ink.width ? 20 : Math.round((20 * ink.height) / ink.width);
  const { width, height, ink: data } = await inkOf(ink, Math.max(1, tall));
  const pixels = chance(random, 0.5) ? data : data.map((level) => 255 - level);
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
};

/** The shape lies in the alpha channel, or on a transparent ground with the colours of the ink under it. */
export const transparent: Draw = async (random, ink) => {
  const side = sized(random, 40, 600);
  const digit = await inkOf(ink, Math.round(between(random, 0.3, 0.85) * side));
  const [width, height] = [Math.max(side, digit.width + 4), side];
  const pen = tinted(
    random,
    chance(random, 0.5) ? between(random, 0, 90) : between(random, 165, 255),
  );
  const under = chance(random, 0.5) ? pen : chance(random, 0.5) ? [0, 0, 0] : [255, 255, 255];
  const { left, top } = lying(random, digit, width, height);
  const [x0, y0] = [Math.floor(left), Math.floor(top)];
  const pixels = Buffer.alloc(width * height * 4);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 4) {
      const [u, v] = [x - x0, y - y0];
      const isIn = u >= 0 && v >= 0 && u < digit.width && v < digit.height;
      const alpha = isIn ? digit.ink[v * digit.width + u]! : 0;
      pixels.set(alpha > 0 ? pen : under, at);
      pixels[at + 3] = alpha;
    }
  }
  const image = sharp(pixels, { raw: { width, height, channels: 4 } });
  return chance(random, 0.7) ? image.png().toBuffer() : image.webp({ lossless: true }).toBuffer();
};

/** About four hundredths of the longer side. */
export const small: Draw = async (random, ink) => {
  const width = sized(random, 320, 2000);
  const height = Math.round(width * between(random, 0.65, 1.4));
  const tall = Math.round(between(random, 0.038, 0.06) * Math.max(width, height));
  const digit = await inkOf(ink, tall);
  const shot = {
    width,
    height,
    ...tones(random, [0.55, 0.95]),
    digit,
    ...lying(random, digit, width, height),
    noise: chance(random, 0.5) ? between(random, 0, 3) : 0,
    blur: 0,
    light: slope(random, { width, height }, 0.2),
  };
  return shown(random, chance(random, 0.75) ? shot : negative(shot));
};
