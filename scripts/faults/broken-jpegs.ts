import sharp from 'sharp';
import { writeColouredJpeg } from '../../test/image/write-jpeg.ts';
import { openAssembly, type Assembly } from '../../src/image/assembly/open-assembly.ts';
import { lineBytes, readLines } from '../../src/image/jpeg/colour-lines.ts';
import { readJpegHead } from '../../src/image/jpeg/scan-head.ts';
import { toGrey, type Raster } from '../../src/image/raster.ts';
import type { Random } from '../../src/random.ts';
import type { FaultCase } from './case.ts';

/** No file of a few thousand pixels takes longer than this, whatever is in it. */
const mostMs = 500;

const one = { across: 1, down: 1 };
const samplings = [
  [one],
  [one, one, one],
  [{ across: 2, down: 1 }, one, one],
  [{ across: 2, down: 2 }, one, one],
];

/** As sharp writes one, or with restarts and samplings that it does not write. */
async function wholeJpeg(random: Random): Promise<Buffer> {
  const [width, height] = [5 + random.integer(60), 1 + random.integer(60)];
  if (random.integer(2) === 0) {
    const interval = random.integer(5);
    const sampled = samplings[random.integer(samplings.length)]!;
    return writeColouredJpeg({ width, height, samplings: sampled, interval }, random);
  }
  const roughness = 1 + random.integer(3) * 90;
  const data = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => 2 * ((i * 3) % width) + random.integer(roughness),
  );
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({
      quality: 1 + random.integer(100),
      chromaSubsampling: random.integer(2) === 0 ? '4:2:0' : '4:4:4',
    })
    .toBuffer();
}

/** Bytes replaced, left out, put in twice, or cut off. */
function broken(whole: Buffer, random: Random): Buffer {
  const file = Buffer.from(whole);
  const [at, length] = [random.integer(file.length), 1 + random.integer(8)];
  const kind = random.integer(8);
  if (kind === 0) return Buffer.concat([file.subarray(0, at), file.subarray(at + length)]);
  if (kind === 1) return Buffer.concat([file.subarray(0, at + length), file.subarray(at)]);
  if (kind === 2) return file.subarray(0, at);
  for (let times = random.integer(4); times >= 0; times -= 1) {
    const change = random.integer(2) === 0 ? random.integer(256) : 1 << random.integer(8);
    const place = random.integer(file.length);
    file[place] = change > 128 ? change : file[place]! ^ change;
  }
  return file;
}

function read(file: Uint8Array, assembly: Assembly): Raster | undefined {
  const head = readJpegHead(file);
  // What claims to be huge is refused by its head, before anything is decoded.
  if (!head || head.width * head.height > 1_000_000) return undefined;
  const wanted = { channels: 3 } as const;
  assembly.room.begin(lineBytes(head, file, wanted));
  return readLines(assembly, file, head, wanted);
}

/** What libvips finds otherwise; undefined where it agrees. */
async function objection(file: Buffer, mine: Raster): Promise<string | undefined> {
  const warnings: string[] = [];
  const image = sharp(file, { failOn: 'error' }).on('warning', (words) => warnings.push(words));
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  if (warnings.length > 0) return `libvips warns: ${warnings[0]}`;
  const { width, height } = info;
  const raster: Raster = { width, height, channels: info.channels as 1 | 3, data };
  const theirs = mine.channels === 1 ? toGrey(raster) : raster;
  return Buffer.compare(mine.data, theirs.data) === 0 ? undefined : 'libvips has other pixels';
}

export const brokenJpegs: FaultCase = {
  name: 'JPEGs that are broken at random, read by our decoder and by libvips',
  async run({ random, seconds }) {
    const assembly = openAssembly();
    if (!assembly) return { held: true, figures: 'there are no vectors here: libvips reads all' };
    const end = performance.now() + seconds * 1000;
    let [tried, readHere, slowestMs] = [0, 0, 0];
    let whole = await wholeJpeg(random);
    while (performance.now() < end) {
      tried += 1;
      if (tried % 20 === 0) whole = await wholeJpeg(random);
      const file = broken(whole, random);
      const startedAt = performance.now();
      const mine = read(file, assembly);
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      if (!mine) continue;
      readHere += 1;
      const found = await objection(file, mine);
      if (found) return { held: false, figures: `${found}: ${file.toString('base64')}` };
    }
    return {
      held: slowestMs < mostMs && readHere > 0,
      figures: `${tried} files, ${readHere} of them read here with the pixels of libvips, the others left to it; the slowest took ${slowestMs.toFixed(1)} ms`,
    };
  },
};
