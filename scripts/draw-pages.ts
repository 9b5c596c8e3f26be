/**
 * Draws docs/pictures/pages.webp: pictures of each kind that scripts/measure-pages.ts measures, and beside each what a model for
 * handwriting sees of it when the page is found first. The digits are those of our own pen.
 *
 *   npx tsx scripts/draw-pages.ts [--seed 1]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp, { type OverlayOptions } from 'sharp';
import { readConfig } from '../src/config.ts';
import { openImages } from '../src/compose/open.ts';
import { handwriting, plainContract } from '../src/preprocessing/presets.ts';
import { createRandom } from '../src/random.ts';
import { strokes } from './drawing/glyphs.ts';
import { pageCases } from './drawing/pages/cases.ts';

const { values: flags } = parseArgs({ options: { seed: { type: 'string', default: '1' } } });
const [tile, gap, pairs] = [84, 4, 5];
const contract = { ...plainContract({ width: 28, height: 28, channels: 1 }), ...handwriting };
const images = openImages(readConfig());
const cells: OverlayOptions[] = [];
const drawn = pageCases.filter(({ of }) => of === undefined);
for (const [row, { name, draw }] of drawn.entries()) {
  const random = createRandom(Number(flags.seed)).fork(name);
  for (let pair = 0; pair < pairs; pair += 1) {
    const { canvas } = await strokes.draw(random, (row * 3 + pair * 2) % 10);
    const bytes = await draw(random, canvas);
    const pixels = await images.pixels(bytes, contract);
    const box = { width: tile, height: tile, fit: 'contain', background: '#ffffff' } as const;
    const picture = sharp(bytes).flatten({ background: '#9ab0c4' }).resize(box);
    const raw = { width: 28, height: 28, channels: 1 } as const;
    const seen = sharp(pixels, { raw }).resize(tile, tile, { kernel: 'nearest' });
    const left = gap + pair * (2 * tile + 4 * gap);
    const top = gap + row * (tile + gap);
    cells.push(
      { input: await picture.png().toBuffer(), left, top },
      { input: await seen.png().toBuffer(), left: left + tile + 1, top },
    );
  }
}
await images.close();
const width = pairs * (2 * tile + 4 * gap);
const height = gap + drawn.length * (tile + gap);
await sharp({ create: { width, height, channels: 3, background: '#ffffff' } })
  .composite(cells)
  .webp({ quality: 70 })
  .toFile(join(import.meta.dirname, '..', 'docs', 'pictures', 'pages.webp'));
