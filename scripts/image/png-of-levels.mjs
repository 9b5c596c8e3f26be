// png-of-levels.mjs ANSWERS FOLDER: the levels in a file of answers, rows of 8 x 8 pixels, as FOLDER/0.png, 1.png, ...
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

const [answers = '', folder = ''] = process.argv.slice(2);
const { levels } = JSON.parse(await readFile(answers, 'utf8'));
const raw = { width: 8, height: 8, channels: 1 };
for (const [place, row] of levels.entries()) {
  await sharp(Uint8Array.from(row), { raw })
    .toColourspace('b-w')
    .png()
    .toFile(join(folder, `${place}.png`));
}
