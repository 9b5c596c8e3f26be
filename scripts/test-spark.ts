import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { packageRoot } from '../src/package.ts';
import { MissingTool, run } from './foreign/run.ts';
import { withServer } from './foreign/server.ts';
import { pythonEnvironment } from './foreign/tools.ts';
import { ask, predict, train } from './spark/ask-server.ts';
import { comparePixels } from './spark/compare-pixels.ts';

/**
 * `npm run test:spark`: the examples for Spark as they stand, in a Spark of this machine with two executors: a dataset is written that POST /train
 * reads, a version is exported, and 1,000 images are predicted inside of Spark and by the server. Before that, the pixels that its small
 * reader of contracts makes are compared with ours. Needs Java 17 or newer, and PyPI.
 */
const examples = join(packageRoot, 'examples', 'spark');
const scripts = join(packageRoot, 'scripts', 'spark');
const images = 1000;

let failures = 0;
function check(claim: string, isTrue: boolean, found: unknown): void {
  if (!isTrue) failures += 1;
  console.log(
    `${isTrue ? 'ok   ' : 'FAIL '} ${claim}${isTrue ? '' : `: ${JSON.stringify(found)?.slice(0, 2000)}`}`,
  );
}

async function main(): Promise<void> {
  await run('java', ['-version']);
  const environment = await pythonEnvironment({
    name: 'spark',
    requirements: join(examples, 'requirements.txt'),
  });
  const python = join(environment, 'bin', 'python');
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-spark-'));
  const spark = (...words: string[]): Promise<string> =>
    run(
      join(environment, 'bin', 'spark-submit'),
      [
        '--master',
        'local-cluster[2,1,1024]',
        '--conf',
        'spark.ui.enabled=false',
        '--conf',
        'spark.driver.bindAddress=127.0.0.1',
        '--conf',
        'spark.driver.host=127.0.0.1',
        ...words,
      ],
      {
        cwd: examples,
        env: { PYSPARK_PYTHON: python, SPARK_LOCAL_IP: '127.0.0.1' },
      },
    );
  try {
    const pixels = join(folder, 'pixels');
    await mkdir(pixels);
    const { pictures, largest, differing, refusals } = await comparePixels(python, pixels);
    check(
      `the pixels of ${pictures} pictures by contracts are the server's, ${differing.length} of them within ${largest} levels and all others to the byte`,
      largest <= 2,
      differing,
    );
    for (const [contract, reason] of refusals) {
      check(`what only the server does is refused: ${contract}`, reason !== '', reason);
    }
    const [learnt, shown] = [join(folder, 'learnt'), join(folder, 'shown')];
    await run(python, [join(scripts, 'draw_shapes.py'), learnt, '900', '1']);
    await run(python, [join(scripts, 'draw_shapes.py'), shown, String(images), '2']);
    await writeFile(join(shown, 'broken.png'), 'no image');
    await spark('write_dataset.py', learnt, join(folder, 'shapes-zstd'));
    await spark(
      'write_dataset.py',
      learnt,
      join(folder, 'shapes-by-label'),
      '--compression',
      'snappy',
      '--partition-by-label',
    );
    await withServer((url) => compareAnswers(url, folder, shown, spark, python), {
      GLIMPSE_DATASET_ROOT: folder,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log(`test:spark: ${failures === 0 ? 'all is right' : `${failures} failed`}`);
  if (failures > 0) process.exitCode = 1;
}

async function compareAnswers(
  url: string,
  folder: string,
  shown: string,
  spark: (...words: string[]) => Promise<string>,
  python: string,
): Promise<void> {
  const first = await train(url, join(folder, 'shapes-by-label'));
  check('POST /train reads Parquet by label, snappy, that Spark has written', first === 1, first);
  const version = await train(url, join(folder, 'shapes-zstd'));
  check('POST /train reads Parquet with a struct of the image, zstd', version === 2, version);
  const model = join(folder, 'shapes.onnx');
  const exported = await ask(`${url}/models/shapes/versions/${version}/export?format=onnx`);
  await writeFile(model, Buffer.from(await exported.arrayBuffer()));
  const out = join(folder, 'predictions');
  const started = performance.now();
  await spark('--py-files', 'glimpse_model.py', 'predict.py', model, shown, out);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const parts = (await readdir(out)).filter((name) => name.endsWith('.parquet'));
  const rows = JSON.parse(await run(python, [join(scripts, 'read_predictions.py'), out])) as [
    string,
    string | null,
    number[] | null,
    string | null,
  ][];
  const broken = rows.filter(([, , , error]) => error !== null);
  check(
    'a file that is no image is a row with its error, and ends nothing',
    broken.length === 1 && broken[0]![0].endsWith('broken.png'),
    broken,
  );
  const files = (await readdir(shown, { recursive: true }))
    .map((name) => join(shown, name))
    .filter((name) => /\.(png|jpg|webp)$/.test(name) && !name.endsWith('broken.png'));
  const answers = await predict(url, version, files);
  let apart = 0;
  const others: string[] = [];
  let right = 0;
  for (const [path, label, scores] of rows) {
    const answer = answers.get(basename(path));
    if (!answer || scores === null) continue;
    if (answer.label !== label) others.push(path);
    if (path.includes(`/${label}/`)) right += 1;
    for (const [at, score] of scores.entries())
      apart = Math.max(apart, Math.abs(score - answer.scores[at]!));
  }
  check(
    `${answers.size} images are answered by Spark and by the server with the same class`,
    answers.size === images && rows.length === images + 1 && others.length === 0,
    others,
  );
  check(`with probabilities within ${apart.toExponential(1)}`, apart < 1e-4, apart);
  console.log(
    `      ${right} of ${images} are right; ${parts.length} parts, ${seconds} s with the start of Spark; ${((await stat(model)).size / 1e3).toFixed(0)} kB of model`,
  );
}

try {
  await main();
} catch (error) {
  const isMissing = error instanceof MissingTool;
  console.log(`Spark: ${isMissing ? 'NOT RUN, ' : ''}${String(error)}`);
  if (!isMissing) process.exitCode = 1;
}
