/**
 * Draws a small dataset of colour images to try training on: 32x32 RGB, five classes, which neither shape nor
 * colour alone tells apart. The same seed draws the same files.
 *
 *   npx tsx scripts/draw-shapes.ts FOLDER [images of each class, default 80] [seed, default 1]
 *
 * FOLDER/<class>/<number>.png    images by class folder
 * FOLDER.ndjson                  the same as one JSON object a line, {"label", "pixels"}
 *
 * What it drew before is replaced. A folder or file that holds anything else is refused and stays as it is.
 */
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { messageOf } from '../src/errors.ts';
import { encodePng } from '../src/image/encode-png.ts';
import { createRandom } from '../src/random.ts';
import { emptyDrawn, refuseForeignFile } from './drawing/own-folder.ts';
import { drawShape, SHAPE_SIDE, shapeKinds } from './drawing/shapes.ts';

const [given, count = '80', seed = '1'] = process.argv.slice(2);
if (given === undefined) {
  console.error('Usage: npx tsx scripts/draw-shapes.ts FOLDER [images of each class] [seed]');
  process.exit(2);
}
// FOLDER.ndjson lies beside FOLDER, also when its name was completed with a slash.
const folder = given.replace(/(?<=.)\/+$/, '');
const shape = { width: SHAPE_SIDE, height: SHAPE_SIDE, channels: 3 } as const;
const random = createRandom(Number(seed));
try {
  await refuseForeignFile(`${folder}.ndjson`, new RegExp(`^{"label":"(${shapeKinds.join('|')})",`));
  await emptyDrawn(
    folder,
    Object.fromEntries(shapeKinds.map((kind) => [kind, /^\d{4,}\.png$/] as const)),
  );
} catch (error) {
  console.error(messageOf(error));
  process.exit(1);
}
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
