import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import { table } from '../src/cli/table.ts';
import { convertFile } from '../src/converting/convert-file.ts';
import { packageRoot } from '../src/package.ts';
import { asPlanes } from '../test/converting/agreement.ts';
import { chosenBy } from './foreign/chosen.ts';
import { casesIn, outcomesInWords, type Outcome } from './foreign/exporters/case.ts';
import { serveCases } from './foreign/exporters/serve-cases.ts';
import { MissingTool, run } from './foreign/run.ts';
import { npmPackages, pythonPackages } from './foreign/tools.ts';

/**
 * `npm run test:keras`: Keras of PyPI writes a model for each layer, option and operation (scripts/keras/record_layers.py) and
 * nets of keras.applications with random weights (record_applications.py); each is converted here, answered by ONNX Runtime, and
 * compared with what Keras answers. So are operations and nets as frozen graphs of TensorFlow and as graph models of TensorFlow.js
 * (record_graphs.py), and TensorFlow.js of npm is asked as well. Two nets are published as .keras by the built program, without a Python on
 * its path, and a server is asked. `-- layers`, `-- applications`, `-- graphs` or `-- published` for one of the four.
 */
const packages = ['keras==3.15.1', 'tensorflow-cpu==2.21.0'];
const tfjsPackages = ['tfjs-core', 'tfjs-converter', 'tfjs-backend-cpu'].map(
  (name) => `@tensorflow/${name}@4.22.0`,
);
/** What TensorFlow.js has no kernel for, though TensorFlow writes it. */
const unknownToTfjs = [
  'op-einsum-gap',
  'op-gelu',
  'op-group-conv',
  'op-softsign',
  'op-space-to-depth',
];
/** Nets whose answer its plain JavaScript has in seconds. */
const smallNets = ['mnist', 'MobileNetV2'];
const target = 1e-4;
const maxBytes = 1024 ** 3;

interface Compared {
  readonly file: string;
  readonly difference: number;
  readonly convertMs: number;
  readonly bytes: number;
  readonly problem: string | undefined;
}

interface Recorded {
  readonly input: number[];
  readonly takesLevels?: boolean;
}

async function floatsOf(file: string): Promise<Float32Array> {
  return new Float32Array(new Uint8Array(await readFile(file)).buffer);
}

async function compare(folder: string, file: string): Promise<Compared> {
  const stem = join(folder, file.replace(/(\.weights)?\.(keras|h5|json|pb)$/, ''));
  const recorded: Recorded = JSON.parse(await readFile(`${stem}.meta`, 'utf8'));
  const { input } = recorded;
  const [, height = 1, width = 1] = input;
  const to = `${stem}.onnx`;
  const startedAt = performance.now();
  try {
    const request = { file: join(folder, file), to, said: { width, height }, maxBytes };
    const { takesLevels } = await convertFile(request);
    const convertMs = performance.now() - startedAt;
    const isToldSo = recorded.takesLevels === undefined || recorded.takesLevels === takesLevels;
    const session = await ort.InferenceSession.create(to, { logSeverityLevel: 3 });
    const image = asPlanes(await floatsOf(`${stem}.in`), input);
    const scores = (await session.run({ image }))['scores']?.data as Float32Array;
    await session.release();
    const expected = await floatsOf(`${stem}.out`);
    const greatest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    const difference = differenceOf(scores, expected) / greatest;
    const { length: bytes } = await readFile(to);
    const problem = isToldSo ? undefined : `takesLevels is ${takesLevels}`;
    return { file, difference, convertMs, bytes, problem };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { file, difference: Infinity, convertMs: 0, bytes: 0, problem };
  } finally {
    await rm(to, { force: true });
  }
}

function differenceOf(given: Float32Array, expected: Float32Array): number {
  if (given.length !== expected.length) return Infinity;
  return given.reduce((most, value, at) => {
    const difference = Math.abs(value - expected[at]!);
    return Number.isNaN(difference) ? Infinity : Math.max(most, difference);
  }, 0);
}

/** How far TensorFlow.js is from TensorFlow in the graph models of a folder, at most. */
async function tfjsDifference(folder: string, files: readonly string[]): Promise<number> {
  const names = files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .filter((name) => smallNets.includes(name) || name.startsWith('op-'))
    .filter((name) => !unknownToTfjs.includes(name));
  const script = join(packageRoot, 'scripts', 'keras', 'answer-tfjs.cjs');
  const packages = await npmPackages(...tfjsPackages);
  const output = await run(process.execPath, [script, packages, folder, ...names]);
  const differences: Record<string, number> = JSON.parse(output.trim().split('\n').at(-1) ?? '');
  return Math.max(...names.map((name) => differences[name] ?? Infinity));
}

const parts = ['layers', 'applications', 'graphs', 'published'];
const wanted = chosenBy(process.argv.slice(2), parts, (part) => part);
const folder = await mkdtemp(join(tmpdir(), 'glimpse-keras-'));
try {
  const tools = await pythonPackages(...packages);
  const compared: Compared[] = [];
  for (const what of ['layers', 'applications', 'graphs']) {
    if (!wanted.includes(what)) continue;
    const script = join(packageRoot, 'scripts', 'keras', `record_${what}.py`);
    await run(join(tools, 'bin', 'python'), [script, folder]);
    const files = (await readdir(folder)).filter((file) => /\.(keras|h5|json|pb)$/.test(file));
    for (const file of files.toSorted()) compared.push(await compare(folder, file));
    if (what === 'graphs') {
      const difference = await tfjsDifference(folder, files);
      const problem = difference > target ? 'TensorFlow.js answers otherwise' : undefined;
      const file = 'the same graphs in TensorFlow.js itself';
      compared.push({ file, difference, convertMs: 0, bytes: 1e6 + 1, problem });
    }
    for (const file of await readdir(folder)) await rm(join(folder, file));
  }
  const served: Outcome[] = [];
  if (wanted.includes('published')) {
    await run(process.execPath, [join(packageRoot, 'scripts', 'bundle.mjs')]);
    const script = join(packageRoot, 'scripts/foreign/exporters/write_applications.py');
    await run(join(tools, 'bin', 'python'), [script, folder]);
    served.push(...(await serveCases(await casesIn(folder), folder)));
  }
  const isWrong = ({ difference, problem }: Compared): boolean =>
    problem !== undefined || difference > target;
  const shownRows = compared.filter((one) => isWrong(one) || one.bytes > 1e6);
  console.log(
    table(
      ['file', 'difference', 'converted in', 'ONNX'],
      shownRows.map(({ file, difference, convertMs, bytes, problem }) => [
        file,
        problem ?? difference.toExponential(1),
        `${Math.round(convertMs)} ms`,
        `${(bytes / 1e6).toFixed(1)} MB`,
      ]),
    ),
  );
  const wrong = compared.filter(isWrong);
  console.log(`${compared.length - wrong.length} of ${compared.length} files agree to ${target}.`);
  if (served.length > 0) console.log(`\n${outcomesInWords(served)}`);
  process.exitCode = wrong.length === 0 && served.every(({ isRight }) => isRight) ? 0 : 1;
} catch (error) {
  if (!(error instanceof MissingTool)) throw error;
  console.error(`=== SKIPPED test:keras: ${error.message} ===`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
