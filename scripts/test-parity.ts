import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as prettier from 'prettier';
import { table } from '../src/cli/table.ts';
import { createImagePreparer, type ImagePreparer } from '../src/image/prepare-image.ts';
import { parseNpyHeader } from '../src/datasets/formats/numpy/npy-header.ts';
import { numbersIn } from '../src/datasets/formats/numpy/npy-values.ts';
import { packageRoot } from '../src/package.ts';
import { completeContract } from '../src/preprocessing/complete.ts';
import type { ContractTwo } from '../src/preprocessing/contract-two.ts';
import { plainContract, presetOf } from '../src/preprocessing/presets.ts';
import type { RequestedPreprocessing } from '../src/preprocessing/requested.ts';
import { MissingTool, run } from './foreign/run.ts';
import { pythonPackages } from './foreign/tools.ts';

/**
 * `npm run test:parity`: the same pictures through Pillow, torchvision, OpenCV, TensorFlow and Keras
 * (scripts/parity/reference.py) and through our contracts, value by value. What remains is written into docs/pixels.md;
 * with `-- --check` the file stays as it is. Fails where something remains that has no reason.
 */
const packages = [
  'pillow==12.1.1',
  'opencv-python-headless==5.0.0.93',
  'tensorflow-cpu==2.21.0',
  'keras==3.15.1',
];
/** Its code for PIL images is used without torch, which no index of PyPI has without CUDA. */
const torchvision = 'torchvision==0.29.2';

/** What may remain where the algorithms are the same, in levels of 0 to 255. */
const TARGET = { mean: 0.3, largest: 3 };
const docs = join(packageRoot, 'docs', 'pixels.md');
const BEGIN = '<!-- test:parity begins -->';
const END = '<!-- test:parity ends -->';

interface Pipeline {
  readonly what: 'kernel' | 'mode' | 'preset';
  readonly name: string;
  readonly contract: RequestedPreprocessing;
  /** Why more may remain than the target. */
  readonly reasons: readonly string[];
  readonly arrays: readonly { readonly image: string; readonly file: string }[];
}

interface Remainder {
  readonly mean: number;
  readonly largest: number;
}

interface Compared extends Pipeline {
  readonly lossless: Remainder;
  readonly jpeg: Remainder;
}

function contractOf({ contract: asked }: Pipeline): ContractTwo {
  const preset = asked.preset === undefined ? {} : presetOf(asked.preset);
  const { width = 224, height = 224, channels = 3 } = preset;
  const completed = completeContract(plainContract({ width, height, channels }), asked);
  if ('contract' in completed) return completed.contract;
  throw new Error(`${JSON.stringify(asked)}: ${completed.fault}`);
}

/** How far our values are from those of an array, each in levels of 0 to 255. */
async function differences(
  images: ImagePreparer,
  folder: string,
  pipeline: Pipeline,
  { image, file }: Pipeline['arrays'][number],
): Promise<Float32Array> {
  const contract = contractOf(pipeline);
  const bytes = await readFile(join(folder, 'images', image));
  const array = await readFile(join(folder, file));
  const header = parseNpyHeader(array, file);
  const expected = numbersIn(array.subarray(header.start), header);
  if (pipeline.what === 'preset') {
    const { scale, std, channels } = contract;
    const ours = await images.prepare(bytes, contract, 'NHWC');
    requireLength(ours, expected, pipeline.name);
    return ours.map((value, at) => (Math.abs(value - expected[at]!) * std[at % channels]!) / scale);
  }
  const ours = await images.pixels(bytes, contract);
  requireLength(ours, expected, pipeline.name);
  // What lies beyond black and white in an array of floats cannot be a pixel.
  return Float32Array.from(ours, (value, at) =>
    Math.abs(value - Math.min(255, Math.max(0, expected[at]!))),
  );
}

function requireLength(ours: ArrayLike<number>, expected: ArrayLike<number>, name: string): void {
  if (ours.length === expected.length) return;
  throw new Error(`${name}: ${ours.length} values, and ${expected.length} of the library`);
}

function summed(all: readonly Float32Array[]): Remainder {
  let sum = 0;
  let count = 0;
  let largest = 0;
  for (const values of all) {
    count += values.length;
    for (const value of values) {
      sum += value;
      largest = Math.max(largest, value);
    }
  }
  return { mean: count === 0 ? 0 : sum / count, largest };
}

async function compare(
  images: ImagePreparer,
  folder: string,
  pipeline: Pipeline,
): Promise<Compared> {
  const lossless: Float32Array[] = [];
  const jpeg: Float32Array[] = [];
  for (const array of pipeline.arrays) {
    const values = await differences(images, folder, pipeline, array);
    (array.image.endsWith('.jpg') ? jpeg : lossless).push(values);
    if (process.argv.includes('--verbose')) {
      const { mean, largest } = summed([values]);
      console.log(`${pipeline.name}  ${array.image}  ${mean.toFixed(3)}  ${largest.toFixed(1)}`);
    }
  }
  return { ...pipeline, lossless: summed(lossless), jpeg: summed(jpeg) };
}

const isOver = ({ mean, largest }: Remainder): boolean =>
  mean > TARGET.mean || largest > TARGET.largest;

function inWords(contract: RequestedPreprocessing): string {
  const { preset, resize, crop } = contract;
  if (preset !== undefined) return preset;
  const { mode, size, kernel, antialias, pad } = resize ?? {};
  return [
    mode,
    ...(typeof size === 'number' ? [size] : []),
    kernel,
    ...(antialias ? ['antialias'] : []),
    ...(pad ? [`pad ${String(pad.colour)} ${pad.align}`] : []),
    ...(crop ? ['crop'] : []),
  ].join(' ');
}

const cell = ({ mean, largest }: Remainder): string => `${mean.toFixed(2)}, ${largest.toFixed(1)}`;

function markdown(compared: readonly Compared[]): string {
  const known = [...new Set(compared.flatMap(({ reasons }) => reasons))];
  const rows = compared.map(({ name, contract, lossless, jpeg, reasons }) => {
    const marks = reasons.map((reason) => known.indexOf(reason) + 1);
    const mark = marks.length === 0 ? '' : ` (${marks.join(', ')})`;
    return `| ${name} | ${inWords(contract)} | ${cell(lossless)} | ${cell(jpeg)}${mark} |`;
  });
  return [
    '| pipeline | contract | PNG, WebP: mean, largest | JPEG: mean, largest |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    ...known.map((reason, at) => `${at + 1}. ${reason}`),
  ].join('\n');
}

/** Its code for PIL images is used without torch; where it cannot be had, its pipelines are left out, and Pillow's stay. */
async function addTorchvision(tools: string): Promise<void> {
  const pip = join(tools, 'bin', 'pip');
  const options = ['install', '--quiet', '--disable-pip-version-check', '--no-deps'];
  await run(pip, [...options, torchvision]).catch((error: unknown) => {
    console.error(`=== WITHOUT ${torchvision}: ${String(error)} ===`);
  });
}

async function writeDocs(compared: readonly Compared[]): Promise<void> {
  const text = await readFile(docs, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${docs} has no ${BEGIN}`);
  const written = `${before}${BEGIN}\n\n${markdown(compared)}\n\n${END}${after}`;
  const options = await prettier.resolveConfig(docs);
  await writeFile(docs, await prettier.format(written, { ...options, filepath: docs }));
}

const folder = await mkdtemp(join(tmpdir(), 'glimpse-parity-'));
const images = createImagePreparer({
  limits: { maxBytes: 2 ** 26, maxPixels: 2 ** 26, maxFrames: 1 },
  concurrency: 1,
  queueSize: 1,
  threads: 1,
});
try {
  const tools = await pythonPackages(...packages);
  await addTorchvision(tools);
  const script = join(packageRoot, 'scripts', 'parity', 'reference.py');
  const said = await run(join(tools, 'bin', 'python'), [script, folder], {
    env: { PYTHONDONTWRITEBYTECODE: '1' },
  });
  if (said.trim() !== '') console.error(said.trim());
  const pipelines: readonly Pipeline[] = JSON.parse(
    await readFile(join(folder, 'pipelines.json'), 'utf8'),
  );
  const compared: Compared[] = [];
  for (const pipeline of pipelines) compared.push(await compare(images, folder, pipeline));
  const cells = ({ mean, largest }: Remainder): string[] => [mean.toFixed(3), largest.toFixed(1)];
  console.log(
    table(
      ['pipeline', 'contract', 'mean', 'largest', 'JPEG: mean', 'largest'],
      compared.map(({ name, contract, lossless, jpeg }) => [
        name,
        inWords(contract),
        ...cells(lossless),
        ...cells(jpeg),
      ]),
    ),
  );
  const wrong = compared.filter(
    ({ lossless, jpeg, reasons }) => reasons.length === 0 && (isOver(lossless) || isOver(jpeg)),
  );
  for (const { name } of wrong) console.error(`more than the target remains: ${name}`);
  if (!process.argv.includes('--check')) await writeDocs(compared);
  process.exitCode = wrong.length === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof MissingTool)) throw error;
  console.error(`=== SKIPPED test:parity: ${error.message} ===`);
} finally {
  await images.close();
  await rm(folder, { recursive: true, force: true });
}
