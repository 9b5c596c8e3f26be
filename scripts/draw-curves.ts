/**
 * Draws learning curves: accuracy and loss over the epochs of one or several runs, as an SVG.
 *
 *   npx tsx scripts/draw-curves.ts                            docs/pictures/learning-curves.svg
 *   npx tsx scripts/draw-curves.ts OUT.svg RUN.json[=name] ...
 *
 * Without a RUN it trains two itself, the founding example and `cnn` for 20 epochs on the same 1000 images
 * (of MNIST where it is on this machine, else of our own samples). A RUN is a job record, as GET /train/{id}
 * answers it and the server keeps it, or a bare array of epochs.
 * OUT.svg is overwritten where it is an SVG; another file is refused.
 * Full lines: examples the run did not learn from (validation); dashed lines: those it learnt from.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { mnistFolder } from '../bench/mnist.ts';
import { founding, recipeTask, requestOf, type TrainTask } from '../bench/train-tasks.ts';
import { readConfig } from '../src/config.ts';
import { openDatasets, openImages } from '../src/compose/open.ts';
import { createRandom } from '../src/random.ts';
import { chooseExamples } from '../src/training/examples/choose.ts';
import { fit } from '../src/training/fit.ts';
import { planRun } from '../src/training/plan-run.ts';
import { resolveNet } from '../src/training/resolve-net.ts';
import type { Epoch } from '../src/training/events.ts';
import { resolveTrainRequest } from '../src/training/resolve-request.ts';
import { refuseForeignFile } from './drawing/own-folder.ts';
import { drawChart, type Line } from './drawing/chart.ts';

interface Run {
  readonly name: string;
  readonly history: readonly Epoch[];
}

type Measured = 'loss' | 'accuracy' | 'validationLoss' | 'validationAccuracy';

async function readRun(word: string): Promise<Run> {
  const [file = '', given] = word.split(/=(.*)/s);
  const content = JSON.parse(await readFile(file, 'utf8')) as
    Epoch[] | { history?: Epoch[]; request?: { architecture?: unknown } };
  const record = Array.isArray(content) ? { history: content } : content;
  if (!record.history?.length) throw new Error(`${file} holds no epochs`);
  const { architecture } = record.request ?? {};
  const name = given ?? (typeof architecture === 'string' ? architecture : file);
  return { name, history: record.history };
}

/** How many images the curve of unseen ones is measured on; a job watches fewer, and its curve is rougher. */
const WATCHED = 2000;

/** A run of its own, published nowhere. */
async function makeRun(name: string, task: TrainTask): Promise<Run> {
  const hasMnist = mnistFolder() !== undefined;
  const asked = requestOf(task, 1);
  if (!hasMnist) {
    delete asked.dataset;
    delete asked.evaluation;
  }
  const context = { defaultModel: 'digits', hasMnist, hasUploads: false };
  const request = resolveTrainRequest(asked, context);
  const config = readConfig();
  const images = openImages(config);
  const { signal } = new AbortController();
  const plan = planRun(request, []);
  const random = createRandom(plan.seed);
  const reading = { datasets: openDatasets(config, images), jobDir: tmpdir(), signal };
  const { training, test } = await chooseExamples(plan.data, reading, random);
  const { trainer } = resolveNet(plan.net, {
    learnt: training,
    random,
    threads: availableParallelism(),
  });
  const validation = { ...test, indices: test.indices.subarray(0, WATCHED) };
  const { history } = await fit({ ...plan.fit, trainer, validation, signal, report: () => {} });
  await images.close();
  console.error(`  ${name}: ${history.length} epochs`);
  return { name, history };
}

async function makeRuns(): Promise<Run[]> {
  return [
    await makeRun('founding example', founding),
    await makeRun('cnn, augmented', recipeTask('cnn', 20)),
  ];
}

function lineOf({ history, name }: Run, colour: number, figure: Measured): Line {
  const isDashed = !figure.startsWith('validation');
  return {
    name: `${name}: ${isDashed ? 'learnt from' : 'never seen'}`,
    points: history.flatMap(({ epoch, [figure]: y }) => (y === undefined ? [] : [[epoch, y]])),
    colour,
    isDashed,
  };
}

const [out = 'docs/pictures/learning-curves.svg', ...words] = process.argv.slice(2);
await refuseForeignFile(out, /^\s*<svg\b/);
const runs = words.length > 0 ? await Promise.all(words.map(readRun)) : await makeRuns();
const linesOf = (...figures: Measured[]): Line[] =>
  runs.flatMap((run, index) =>
    figures.map((figure) => lineOf(run, index, figure)).filter(({ points }) => points.length > 0),
  );
const chart = drawChart(
  [
    { title: 'Accuracy', yAxis: 'share', lines: linesOf('validationAccuracy', 'accuracy') },
    {
      title: 'Loss (cross-entropy)',
      yAxis: 'logarithmic',
      lines: linesOf('validationLoss', 'loss'),
    },
  ],
  'epoch',
);
await mkdir(dirname(out), { recursive: true });
await writeFile(out, chart);
console.log(out);
