import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { encodePng } from '../src/image/encode-png.ts';
import { createRandom } from '../src/random.ts';
import { npy } from '../test/support/npy.ts';
import { zip } from '../test/support/zip.ts';

/** Synthetic images in every form a dataset may have, for the measurement of memory. */
export const SIDE = 28;
const SIZE = SIDE * SIDE;
const CLASSES = 10;

export interface LaidOut {
  readonly form: string;
  /** Relative to the folder. */
  readonly uri: string;
}

/** One thick line in each image; the steeper, the higher its class. */
export function drawExamples(count: number): Uint8Array {
  const random = createRandom(1);
  const pixels = new Uint8Array(count * SIZE);
  for (let index = 0; index < count; index += 1) {
    const angle = ((index % CLASSES) / CLASSES + random.next() * 0.05) * Math.PI;
    const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
    const [x, y] = [10 + random.next() * 8, 10 + random.next() * 8];
    for (let pixel = 0; pixel < SIZE; pixel += 1) {
      const away = Math.abs(((pixel % SIDE) - x) * dy - (Math.floor(pixel / SIDE) - y) * dx);
      const ink = 300 - away * 100 - random.next() * 30;
      pixels[index * SIZE + pixel] = Math.max(0, Math.min(255, Math.round(ink)));
    }
  }
  return pixels;
}

/** Writes the examples in every form below `folder`, one after the other. */
export async function* layOut(
  folder: string,
  pixels: Uint8Array,
  python: string,
  skip: (reason: string) => void,
): AsyncGenerator<LaidOut> {
  const count = pixels.length / SIZE;
  const at = (index: number): Uint8Array => pixels.subarray(index * SIZE, (index + 1) * SIZE);
  const indices = Array.from({ length: count }, (_, index) => index);
  const csv = (): Readable => lines(indices, (i) => `${i % CLASSES},${at(i).join()}`);
  const json = (i: number): string => `{"label":${i % CLASSES},"pixels":[${at(i).join()}]}`;
  const write = (name: string, text: Readable): Promise<void> =>
    pipeline(text, createWriteStream(join(folder, name)));

  await write('rows.csv', csv());
  yield { form: 'CSV', uri: 'rows.csv' };
  await pipeline(csv(), createGzip(), createWriteStream(join(folder, 'rows.csv.gz')));
  yield { form: 'gzipped CSV', uri: 'rows.csv.gz' };
  for (const [program, end] of [
    ['bzip2', 'bz2'],
    ['xz', 'xz'],
  ] as const) {
    try {
      execFileSync(program, ['--keep', '-1', join(folder, 'rows.csv')], { stdio: 'ignore' });
      yield { form: `CSV in ${program}`, uri: `rows.csv.${end}` };
    } catch {
      skip(`CSV in ${program}: there is no ${program}`);
    }
  }
  await write('rows.ndjson', lines(indices, json));
  yield { form: 'NDJSON', uri: 'rows.ndjson' };
  await write(
    'rows.json',
    lines(indices, (i) => `${i === 0 ? '[' : ','}${json(i)}${i === count - 1 ? ']' : ''}`),
  );
  yield { form: 'JSON', uri: 'rows.json' };
  await writeFile(join(folder, 'a-images-idx3-ubyte'), [idxHead(count, SIDE, SIDE), pixels]);
  const labels = Uint8Array.from(indices, (i) => i % CLASSES);
  await writeFile(join(folder, 'a-labels-idx1-ubyte'), [idxHead(count), labels]);
  yield { form: 'IDX', uri: 'a-images-idx3-ubyte' };

  const arrays = {
    'x.npy': npy({ descr: '|u1', shape: [count, SIDE, SIDE], data: pixels }),
    'y.npy': npy({ descr: '|u1', shape: [count], data: labels }),
  };
  for (const [name, data] of Object.entries(arrays)) await writeFile(join(folder, name), data);
  yield { form: '.npy', uri: 'x.npy' };
  const entries = Object.entries(arrays).map(([name, data]) => ({ name, data }));
  await writeFile(join(folder, 'set.npz'), zip(entries));
  yield { form: '.npz, compressed', uri: 'set.npz' };

  for (const [form, layout, end] of [
    ['Parquet, a list of pixels', 'list', 'parquet'],
    ['Parquet, a column for each pixel', 'columns', 'parquet'],
    ['Feather, a list of pixels', 'list', 'feather'],
    ['Feather, a column for each pixel', 'columns', 'feather'],
  ] as const) {
    try {
      writeTable(folder, layout, end, python);
      yield { form, uri: `${layout}.${end}` };
    } catch {
      skip(`${form}: ${python} cannot import pyarrow and numpy`);
    }
  }

  const pngs: { name: string; data: Buffer }[] = [];
  for (const i of indices) {
    const data = await encodePng(at(i), { width: SIDE, height: SIDE, channels: 1 });
    pngs.push({ name: `${i % CLASSES}/${String(i).padStart(6, '0')}.png`, data });
  }
  await writeFile(join(folder, 'set.zip'), zip(pngs.map((png) => ({ ...png, stored: true }))));
  yield { form: 'zip of PNG', uri: 'set.zip' };
  const archive = pack();
  const packed = pipeline(archive, createGzip(), createWriteStream(join(folder, 'set.tar.gz')));
  for (const { name, data } of pngs) archive.entry({ name }, data);
  archive.finalize();
  await packed;
  yield { form: 'tar.gz of PNG', uri: 'set.tar.gz' };
  const samples = pack();
  const sharded = pipeline(samples, createWriteStream(join(folder, 'samples.tar')));
  for (const [index, { data }] of pngs.entries()) {
    const key = String(index).padStart(6, '0');
    samples.entry({ name: `${key}.png` }, data);
    samples.entry({ name: `${key}.cls` }, String(index % CLASSES));
  }
  samples.finalize();
  await sharded;
  yield { form: 'WebDataset of PNG', uri: 'samples.tar' };
  for (let label = 0; label < CLASSES; label += 1) {
    await mkdir(join(folder, 'set', String(label)), { recursive: true });
  }
  for (const { name, data } of pngs) await writeFile(join(folder, 'set', name), data);
  yield { form: 'class folders of PNG', uri: 'set/' };
}

function lines(indices: readonly number[], line: (index: number) => string): Readable {
  return Readable.from(
    (function* () {
      for (let from = 0; from < indices.length; from += 100) {
        const text = indices.slice(from, from + 100).map((index) => `${line(index)}\n`);
        yield text.join('');
      }
    })(),
    { objectMode: false },
  );
}

function idxHead(...axes: number[]): Buffer {
  const head = Buffer.alloc(4 + axes.length * 4);
  head.set([0, 0, 8, axes.length]);
  axes.forEach((size, axis) => head.writeUInt32BE(size, 4 + axis * 4));
  return head;
}

/** From the IDX file beside it, as pandas and Spark write: snappy, dictionaries, groups of rows. */
function writeTable(
  folder: string,
  layout: 'list' | 'columns',
  end: 'parquet' | 'feather',
  python: string,
): void {
  const script = `
import numpy as np, pyarrow as pa, pyarrow.feather as feather, pyarrow.parquet as pq, sys
folder, layout, end = sys.argv[1:]
pixels = np.fromfile(folder + "/a-images-idx3-ubyte", np.uint8, offset=16).reshape(-1, ${SIZE})
label = pa.array(np.arange(len(pixels)) % ${CLASSES})
if layout == "list":
    offsets = pa.array(np.arange(0, pixels.size + 1, ${SIZE}, dtype=np.int32))
    columns = {"label": label, "pixels": pa.ListArray.from_arrays(offsets, pa.array(pixels.reshape(-1)))}
else:
    columns = {"label": label, **{f"p{i}": pa.array(pixels[:, i]) for i in range(${SIZE})}}
out = f"{folder}/{layout}.{end}"
if end == "parquet": pq.write_table(pa.table(columns), out, row_group_size=20000)
else: feather.write_feather(pa.table(columns), out)
`;
  execFileSync(python, ['-c', script, folder, layout, end], { stdio: 'ignore' });
}
