import sharp from 'sharp';
import type { Random } from '../../src/random.ts';
import { cutOut, renderText } from './glyphs.ts';
import type { Canvas } from '../../src/training/outliers/pen.ts';

/**
 * Ink that is no digit, to measure warnings by. None of it is drawn by what training draws its outliers with: the
 * letters and words are those of the system's fonts, and everything else has a way of its own here.
 */
export interface Stranger {
  readonly name: string;
  draw(random: Random): Promise<Canvas>;
}

/** Letters that no digit looks like, in upper or lower case, in one font or another. */
const plainLetters = 'ACEFHKLMNPRTUVWXYadefhkmnprtuvwxy'.split('');
/** These do: O is a nought, I and l are ones, S is a five. A reader could not tell either. */
const lookAlikes = 'OoQDIijJlSsZzBbGgqc'.split('');

const words =
  'the and house paper total name date hand letter north water green sum note market family week train school open city winter river night table month amount paid cash tax street'.split(
    ' ',
  );

/** How many glyphs of a kind are made of fonts, once: they are drawn into scenes of their own afterwards. */
const GLYPHS = 204;

/** Letters and words of fonts; this must be done before the image room shuts the loaders of this process. */
export async function fontStrangers(faces: readonly string[], random: Random): Promise<Stranger[]> {
  const kinds: readonly (readonly [string, (index: number) => string])[] = [
    ['letters of fonts', (index) => plainLetters[index % plainLetters.length]!],
    ['look-alikes of fonts', (index) => lookAlikes[index % lookAlikes.length]!],
    ['words of fonts', () => wordOf(random)],
  ];
  const strangers: Stranger[] = [];
  for (const [name, textOf] of kinds) {
    const glyphs: Canvas[] = [];
    for (let index = 0; index < GLYPHS; index += 1) {
      const face = faces[random.integer(faces.length)]!;
      const glyph = await renderText(face, textOf(index));
      if (glyph) glyphs.push(glyph);
    }
    strangers.push({ name, draw: async (chance) => glyphs[chance.integer(glyphs.length)]! });
  }
  return strangers;
}

function wordOf(random: Random): string {
  const word = words[random.integer(words.length)]!;
  if (random.integer(3) === 0) return word.toUpperCase();
  return random.integer(2) === 0 ? word : word[0]!.toUpperCase() + word.slice(1);
}

const SIDE = 240;

/** A line that turns as it likes, by a random walk of its direction, until it has run for a while. */
const scribbles: Stranger = {
  name: 'scribbles',
  async draw(random) {
    const ink = new Uint8Array(SIDE * SIDE);
    const radius = 3 + random.next() * 7;
    let [x, y, direction, bend] = [SIDE / 2, SIDE / 2, random.next() * 6.28, 0];
    const length = 900 + random.integer(1500);
    for (let step = 0; step < length; step += 1) {
      bend = bend * 0.95 + random.normal() * 0.035;
      direction += bend;
      x += Math.cos(direction);
      y += Math.sin(direction);
      const margin = 30;
      if (x < margin || y < margin || x > SIDE - margin || y > SIDE - margin) direction += 0.2;
      [x, y] = [Math.min(Math.max(x, 12), SIDE - 12), Math.min(Math.max(y, 12), SIDE - 12)];
      dab(ink, x, y, radius);
    }
    return cutOut({ width: SIDE, height: SIDE, ink });
  },
};

function dab(ink: Uint8Array, cx: number, cy: number, radius: number): void {
  const reach = Math.ceil(radius);
  for (let y = Math.floor(cy) - reach; y <= cy + reach; y += 1) {
    for (let x = Math.floor(cx) - reach; x <= cx + reach; x += 1) {
      const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(x - cx, y - cy)));
      const at = y * SIDE + x;
      ink[at] = Math.max(ink[at]!, Math.round(cover * 255));
    }
  }
}

/** Outlines of things: polygons with any number of corners, plants, stairs, waves with an axis. */
const drawings: Stranger = {
  name: 'drawings',
  async draw(random) {
    const path = [polygon, plant, stairs, waves][random.integer(4)]!(random);
    const width = 6 + random.integer(16);
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}"><rect width="${SIDE}" height="${SIDE}"/><path d="${path}" fill="none" stroke="#fff" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
    const ink = await sharp(Buffer.from(svg)).toColourspace('b-w').removeAlpha().raw().toBuffer();
    return cutOut({ width: SIDE, height: SIDE, ink });
  },
};

const at = (x: number, y: number): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

function polygon(random: Random): string {
  const corners = 3 + random.integer(3);
  const turn = random.next() * 6.28;
  const points = Array.from({ length: corners }, (_, corner) => {
    const angle = turn + (corner / corners) * 6.28;
    const radius = 80 + random.next() * 25;
    return at(120 + Math.cos(angle) * radius, 120 + Math.sin(angle) * radius);
  });
  const cross = random.integer(2) === 0 ? '' : ` M${points[0]} L120 120 L${points[1]}`;
  return `M${points.join(' L')} Z${cross}`;
}

function plant(random: Random): string {
  const parts = ['M120 225 L120 30'];
  const leaves = 3 + random.integer(4);
  for (let leaf = 0; leaf < leaves; leaf += 1) {
    const y = 60 + (leaf * 150) / leaves;
    const [dx, dy] = [50 + random.next() * 40, 15 + random.next() * 40];
    parts.push(`M${at(120 - dx, y - dy)} L${at(120, y)} L${at(120 + dx, y - dy)}`);
  }
  return parts.join(' ');
}

function stairs(random: Random): string {
  const steps = 3 + random.integer(4);
  const size = 200 / steps;
  const path = Array.from({ length: steps }, () => `h${size} v${-size}`).join(' ');
  return `M20 220 ${path}${random.integer(2) === 0 ? ' V220 Z' : ''}`;
}

function waves(random: Random): string {
  const periods = 2 + random.integer(3);
  const size = 100 / periods;
  const path = Array.from({ length: periods }, () => `q${size / 2} -110 ${size} 0 t${size} 0`);
  return `M20 120 ${path.join(' ')} M20 ${40 + random.integer(30)} V200 H220`;
}

export const inkStrangers: readonly Stranger[] = [scribbles, drawings];
