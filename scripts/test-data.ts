import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table } from '../src/cli/table.ts';
import { mapConcurrently } from '../src/concurrency.ts';
import { withDigest } from '../src/datasets/dataset.ts';
import { isRecord } from '../src/json.ts';
import { packageRoot } from '../src/package.ts';
import { examples, shape, side } from '../test/datasets/matrix/logical-dataset.ts';
import { compileWhenStale } from './compile.mjs';
import { chosenBy } from './foreign/chosen.ts';
import { MissingTool, run } from './foreign/run.ts';
import { pythonPackages } from './foreign/tools.ts';

/**
 * `npm run test:data`: real writers of data (scripts/data-writers) write the forty images of the matrix of forms, the
 * command glimpse reads each of them, and the digest must be the expected one; from the first form of each writer it
 * trains, and all must give the same model. Words behind -- choose writers by their names.
 */
const tables = [
  'pandas==2.3.3',
  'polars==2.1.0',
  'duckdb==2.0.1',
  'pyarrow==26.0.1',
  'datasets==5.2.0',
  'scikit-learn==1.9.1',
  'pillow==13.0.0',
  'webdataset==1.0.2',
  'tfrecord==1.14.6',
];
const writers: readonly Writer[] = [
  { name: 'pandas', script: 'pandas_tables', packages: tables },
  { name: 'polars', script: 'polars_tables', packages: tables },
  { name: 'DuckDB', script: 'duckdb_tables', packages: tables },
  { name: 'pyarrow', script: 'pyarrow_tables', packages: tables },
  { name: 'Hugging Face', script: 'hugging_face', packages: tables },
  { name: 'scikit-learn', script: 'scikit_learn', packages: tables },
  { name: 'Pillow, Python', script: 'image_folders', packages: tables },
  { name: 'NumPy', script: 'keras_arrays', packages: tables },
  { name: 'webdataset', script: 'web_dataset', packages: tables },
  { name: 'tfrecord', script: 'tf_records', packages: tables },
  {
    name: 'PySpark',
    script: 'spark_tables',
    packages: ['pyspark==3.5.9', 'numpy==2.4.6', 'pillow==13.0.0', 'setuptools==80.9.0'],
    needsJava: true,
  },
];

interface Writer {
  readonly name: string;
  readonly script: string;
  readonly packages: readonly string[];
  readonly needsJava?: boolean;
}

/** One form, as a writer tells of it. */
interface WrittenForm {
  readonly name: string;
  readonly file: string;
  readonly options: { readonly [option: string]: string };
}

/** What became of one form: "ok", or why not. */
interface Outcome {
  readonly writer: string;
  readonly form: string;
  readonly outcome: string;
}

/** Most of a run is starting processes; more at once would only wait for the processor. */
const FORMS_AT_ONCE = 2;

const folder = await mkdtemp(join(tmpdir(), 'glimpse-data-'));
/** What the first writer's form made; every other must make the same. */
let expectedModel: string | undefined;

function digestOf(rows: readonly { label: number; pixels: ArrayLike<number> }[]): string {
  const classes = [...new Set(rows.map(({ label }) => label))].sort((a, b) => a - b);
  const pixels = Buffer.concat(rows.map((row) => Buffer.from(Array.from(row.pixels))));
  const labels = Int32Array.from(rows, ({ label }) => classes.indexOf(label));
  return withDigest({ pixels, labels, shape, classes: classes.map(String) }).digest;
}

/** Has a writer write all of its forms into a folder of its own. */
async function writeForms(writer: Writer, into: string): Promise<WrittenForm[]> {
  if (writer.needsJava) await run('java', ['-version']);
  const tools = await pythonPackages(...writer.packages);
  await mkdir(into, { recursive: true });
  const script = join(packageRoot, 'scripts', 'data-writers', `${writer.script}.py`);
  const said = await run(
    join(tools, 'bin', 'python'),
    [script, join(folder, 'examples.json'), into],
    {
      env: {
        PYTHONDONTWRITEBYTECODE: '1',
        HF_HUB_OFFLINE: '1',
        PYSPARK_PYTHON: join(tools, 'bin', 'python'),
      },
    },
  );
  const written = said.split('\n').filter((line) => line.startsWith('{'));
  return written.map((line): WrittenForm => JSON.parse(line));
}

/** Runs the command as a user would; what it wrote as JSON. */
async function glimpse(home: string, args: readonly string[]): Promise<Record<string, unknown>> {
  const said = await run(
    process.execPath,
    [join(packageRoot, 'dist', 'cli.js'), ...args, '--json'],
    {
      cwd: packageRoot,
      env: {
        NODE_NO_WARNINGS: '1',
        GLIMPSE_REPOSITORY: join(home, 'models'),
        GLIMPSE_DATA_DIR: join(home, 'data'),
      },
    },
  );
  const value: unknown = JSON.parse(said);
  if (isRecord(value)) return value;
  throw new Error(`it is no object: ${said.slice(0, 200)}`);
}

const optionsOf = ({ digest: _digest, ...options }: WrittenForm['options']): string[] =>
  Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);

/** Reads one form, and says what is wrong with what was read. */
async function readForm(form: WrittenForm, into: string, home: string): Promise<string> {
  const source = join(into, form.file);
  const { digest: other } = form.options;
  const expected =
    other === undefined ? digestOf(examples) : await digestOfDigits(join(into, other));
  const args = ['dataset', 'import', source, '--name', 'read', '--keep-duplicates'];
  const { digest, examples: count } = await glimpse(home, [...args, ...optionsOf(form.options)]);
  if (digest !== expected) return `another digest, of ${String(count)} examples`;
  return form.options['range'] === undefined ? 'ok' : isRefused(home, args);
}

/** Without its range a dataset of 0..16 must not be read. */
async function isRefused(home: string, args: readonly string[]): Promise<string> {
  try {
    await glimpse(home, args);
    return 'read without its range';
  } catch (error) {
    return String(error).includes('--range') ? 'ok' : String(error);
  }
}

/** Of 0..16, which becomes the nearest of 256 levels. */
async function digestOfDigits(file: string): Promise<string> {
  const rows: { label: number; pixels: number[] }[] = JSON.parse(await readFile(file, 'utf8'));
  return digestOf(
    rows.map(({ label, pixels }) => ({
      label,
      pixels: pixels.map((value) => Math.round((value * 255) / 16)),
    })),
  );
}

/** Trains on a form; the digest of the model. */
async function trainOn(form: WrittenForm, into: string, home: string): Promise<string> {
  const chosen = ['--model', 'read', '--epochs', '1', '--architecture', 'dense'];
  const args = ['train', join(into, form.file), ...chosen, ...optionsOf(form.options)];
  const { version } = await glimpse(home, args);
  const model = await readFile(join(home, 'models', 'read', String(version), 'model.onnx'));
  return createHash('sha256').update(model).digest('hex');
}

async function attempt(act: () => Promise<string>): Promise<string> {
  try {
    return await act();
  } catch (error) {
    const [line = ''] = String(error).split('\n').slice(-1);
    return line.slice(0, 300);
  }
}

async function tryWriter(writer: Writer, at: number): Promise<Outcome[]> {
  const into = join(folder, `writer-${at}`);
  const one = (form: string, outcome: string): Outcome => ({ writer: writer.name, form, outcome });
  let forms: WrittenForm[];
  try {
    forms = await writeForms(writer, into);
  } catch (error) {
    const isMissing = error instanceof MissingTool;
    return [one('all', isMissing ? `NOT RUN: ${error.message}` : `failed: ${String(error)}`)];
  }
  const read = await mapConcurrently(
    [...forms.entries()],
    FORMS_AT_ONCE,
    async ([number, form]) => {
      const home = join(folder, `home-${at}-${number}`);
      return one(form.name, await attempt(() => readForm(form, into, home)));
    },
  );
  const [first] = forms.filter(({ options }) => options['digest'] === undefined);
  if (!first) return read;
  const trained = await attempt(async () => {
    const model = await trainOn(first, into, join(folder, `trained-${at}`));
    expectedModel ??= model;
    return model === expectedModel ? 'ok' : 'another model than the first writer’s';
  });
  return [...read, one(`training on ${first.name}`, trained)];
}

const words = process.argv.slice(2).map((word) => word.toLowerCase());
const chosen = chosenBy(words, writers, ({ name }) => name.toLowerCase());
const outcomes: Outcome[] = [];
// The compiled command starts in half the time.
compileWhenStale();
try {
  const rows = examples.map(({ label, pixels }) => ({ label, pixels: [...pixels] }));
  await writeFile(join(folder, 'examples.json'), JSON.stringify({ side, examples: rows }));
  for (const [at, writer] of chosen.entries()) {
    console.log(`${writer.name} ...`);
    outcomes.push(...(await tryWriter(writer, at)));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log(
  `\n${table(
    ['writer', 'form', 'outcome'],
    outcomes.map(({ writer, form, outcome }) => [writer, form, outcome]),
  )}`,
);
const count = (isCounted: (outcome: string) => boolean): number =>
  outcomes.filter(({ outcome }) => isCounted(outcome)).length;
const [ok, missing] = [count((one) => one === 'ok'), count((one) => one.startsWith('NOT RUN'))];
const failed = outcomes.length - ok - missing;
console.log(`\n${ok} ok, ${failed} failed, ${missing} writers not run`);
process.exitCode = failed > 0 ? 1 : 0;
