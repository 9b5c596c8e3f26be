/**
 * How doubt keeps its promises: the founding example, trained with several seeds, on images that nobody has learnt
 * from or chosen by. For every promise: how many right answers are warned of, how many of the mistakes are, how many
 * images are wrong without a warning; and how often the true class is in the set, and how large sets are. Prints a
 * table and writes its section of bench/RESULTS.md.
 *
 *   npx tsx scripts/measure-doubt.ts [--seeds 5] [--quick]
 *
 * MNIST's training images must be on this machine (npm run fetch-mnist): the first 1000 are learnt from, thresholds
 * are chosen by 200 of 50000..59999, and everything is measured on the others. --quick leaves RESULTS.md alone.
 */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { requireMnist } from '../bench/mnist.ts';
import { origin, table, writeSection } from '../bench/results.ts';
import { readConfig } from '../src/config.ts';
import { openDatasets, openImages } from '../src/compose/open.ts';
import { buildInferenceGraph } from '../src/neural/inference-graph.ts';
import { createRandom } from '../src/random.ts';
import { softmax } from '../src/tensor.ts';
import { chooseExamples } from '../src/training/examples/choose.ts';
import { fit } from '../src/training/fit.ts';
import { chooseDoubt } from '../src/training/measuring/doubt.ts';
import { collectLogits, openServedGraph } from '../src/training/measuring/evaluate.ts';
import { fitTemperature, type LabelledLogits } from '../src/training/measuring/temperature.ts';
import { planRun } from '../src/training/plan-run.ts';
import { resolveTrainRequest } from '../src/training/resolve-request.ts';
import { resolveNet } from '../src/training/resolve-net.ts';

const { values: flags } = parseArgs({
  options: { seeds: { type: 'string', default: '5' }, quick: { type: 'boolean' } },
});
const seeds = Number(flags.seeds);
requireMnist();
const { signal } = new AbortController();
const config = readConfig();
const images = openImages(config);
const datasets = openDatasets(config, images, 'anywhere');
const asked = {
  dataset: { uri: 'mnist:', limit: 1000 },
  evaluation: { uri: 'mnist:', offset: 50_000, limit: 10_000 },
};

/** Logits of a freshly trained founding example on what it chose by, and on what nothing was chosen by. */
async function trained(seed: number): Promise<{ chosen: LabelledLogits; unseen: LabelledLogits }> {
  const context = { defaultModel: 'digits', hasMnist: true, hasUploads: false };
  const plan = planRun(resolveTrainRequest({ ...asked, seed }, context), []);
  const random = createRandom(seed);
  const reading = { datasets, jobDir: tmpdir(), signal };
  const { training, validation, test } = await chooseExamples(plan.data, reading, random);
  const { trainer } = resolveNet(plan.net, { learnt: training, random, threads: 1 });
  const nothing = { ...training, indices: new Int32Array(0) };
  const fitting = { ...plan.fit, trainer, validation: nothing, signal, report: () => {} };
  const { values } = await fit(fitting);
  const { layers, inputShape } = trainer;
  const graph = buildInferenceGraph({ layers, inputShape, values });
  const served = await openServedGraph(graph, inputShape, 1);
  const chosen = await collectLogits(served.infer, validation, signal);
  const unseen = await collectLogits(served.infer, test, signal);
  await served.close();
  return { chosen, unseen };
}

interface Found {
  readonly wrong: number;
  readonly passed: number;
  readonly warnedRight: number;
  readonly warnedWrong: number;
}

function under(minScore: number, unseen: LabelledLogits, temperature: number): Found {
  const { logits, labels, classes } = unseen;
  const counts = { wrong: 0, passed: 0, right: 0, warnedRight: 0 };
  for (let row = 0; row < labels.length; row += 1) {
    const own = logits.subarray(row * classes, (row + 1) * classes);
    const scores = softmax(own.map((logit) => logit / temperature));
    const best = Math.max(...scores);
    const isWarned = best < minScore;
    if (scores[labels[row]!] !== best) {
      counts.wrong += 1;
      if (!isWarned) counts.passed += 1;
    } else {
      counts.right += 1;
      if (isWarned) counts.warnedRight += 1;
    }
  }
  const { wrong, passed, right, warnedRight } = counts;
  return {
    wrong: wrong / labels.length,
    passed: passed / labels.length,
    warnedRight: warnedRight / right,
    warnedWrong: (wrong - passed) / wrong,
  };
}

function setsUnder(minScore: number, unseen: LabelledLogits, temperature: number) {
  const { logits, labels, classes } = unseen;
  let [covered, size] = [0, 0];
  for (let row = 0; row < labels.length; row += 1) {
    const own = logits.subarray(row * classes, (row + 1) * classes);
    const scores = softmax(own.map((logit) => logit / temperature));
    const best = Math.max(...scores);
    const isIn = (score: number) => score >= minScore || score === best;
    if (isIn(scores[labels[row]!]!)) covered += 1;
    size += scores.filter(isIn).length;
  }
  return { covered: covered / labels.length, size: size / labels.length };
}

const promises = [undefined, 0.05, 0.02, 0.01] as const;
const found = promises.map((): Found[] => []);
const sets: { covered: number; size: number }[] = [];
let coverage = 0;
for (let seed = 1; seed <= seeds; seed += 1) {
  const { chosen, unseen } = await trained(seed);
  const temperature = fitTemperature(chosen);
  for (const [at, maxError] of promises.entries()) {
    // A promise of nearly everything leaves the first percentile, which is what was before there were any.
    const plan = { maxError: maxError ?? 0.999, folds: undefined };
    const { minScore = 0 } = chooseDoubt(chosen, temperature, plan).gate;
    found[at]!.push(under(minScore, unseen, temperature));
  }
  const chosenSets = chooseDoubt(chosen, temperature, { maxError: undefined, folds: undefined });
  coverage = chosenSets.gate.sets!.coverage;
  sets.push(setsUnder(chosenSets.gate.sets!.minScore, unseen, temperature));
  console.error(`  seed ${seed} of ${seeds}`);
}
await images.close();

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
const spread = (values: readonly number[]): string =>
  `${percent(mean(values))} (${percent(Math.min(...values))} to ${percent(Math.max(...values))})`;
const rows = promises.map((maxError, at) => [
  maxError === undefined ? 'first percentile only' : String(maxError),
  spread(found[at]!.map(({ passed }) => passed)),
  spread(found[at]!.map(({ warnedWrong }) => warnedWrong)),
  spread(found[at]!.map(({ warnedRight }) => warnedRight)),
]);
const text = [
  origin(`npx tsx scripts/measure-doubt.ts${flags.seeds === '5' ? '' : ` --seeds ${seeds}`}`),
  `The founding example (1000 images of MNIST, every default), ${seeds} seeds: mean, least and most. Thresholds by 200 images, figures on the other 9,800 of 50000..59999. Wrong in all: ${spread(found[0]!.map(({ wrong }) => wrong))}.`,
  table([
    ['maxError', 'wrong without a warning', 'mistakes warned of', 'right ones warned of'],
    ...rows,
  ]),
  `Sets with a coverage of ${coverage}: the true class is in ${spread(sets.map(({ covered }) => covered))} of them, and they have ${mean(sets.map(({ size }) => size)).toFixed(2)} classes on average.`,
].join('\n\n');
console.log(text);
if (!flags.quick) await writeSection('Doubt', text);
