/**
 * Draws a small dataset of colour images to try training on: 32x32 RGB, five classes, which neither shape nor
 * colour alone tells apart. The same seed draws the same files.
 *
 *   npx tsx scripts/draw-shapes.ts FOLDER [images of each class, default 80] [seed, default 1]
 *
 * FOLDER/<class>/<number>.png    images by class folder
 * FOLDER.ndjson                  the same as one JSON object a line, {"label", "pixels"}
 */
import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { encodePng } from '../src/image/encode-png.ts';
import { createRandom } from '../src/random.ts';
import { drawShape, SHAPE_SIDE, shapeKinds } from './drawing/shapes.ts';

const [folder, count = '80', seed = '1'] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Usage: npx tsx scripts/draw-shapes.ts FOLDER [images of each class] [seed]');
  process.exit(2);
}
const shape = { width: SHAPE_SIDE, height: SHAPE_SIDE, channels: 3 } as const;
const random = createRandom(Number(seed));
await rm(folder, { recursive: true, force: true });
for (const kind of shapeKinds) await mkdir(join(folder, kind), { recursive: true });
const lines = createWriteStream(`${folder}.ndjson`);
for (let number = 1; number <= Number(count); number += 1) {
  for (const kind of shapeKinds) {
    const pixels = drawShape(random.fork(`${kind} ${number}`), kind);
    const name = `${String(number).padStart(4, '0')}.png`;
    await writeFile(join(folder, kind, name), await encodePng(pixels, shape));
    lines.write(`${JSON.stringify({ label: kind, pixels: [...pixels] })}\n`);
  }
}
lines.end();
await finished(lines);
console.log(`${Number(count) * shapeKinds.length} images in ${folder} and ${folder}.ndjson`);
