/**
 * Draws learning curves: loss and accuracy over the epochs of one or several runs, as an SVG.
 *
 *   npx tsx scripts/draw-curves.ts OUT.svg RUN.json[=name] ...
 *
 * A RUN is a job record, as GET /train/{id} answers it and the server keeps it, or a bare array of epochs.
 * Full lines: examples the run did not learn from (validation); dashed lines: those it learnt from.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Epoch } from '../src/training/train-event.ts';
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

function lineOf({ history, name }: Run, colour: number, figure: Measured): Line {
  const isDashed = !figure.startsWith('validation');
  return {
    name: isDashed ? `${name}, learnt from` : name,
    points: history.flatMap(({ epoch, [figure]: y }) => (y === undefined ? [] : [[epoch, y]])),
    colour,
    isDashed,
  };
}

const [out, ...words] = process.argv.slice(2);
if (out === undefined || words.length === 0) {
  console.error('Usage: npx tsx scripts/draw-curves.ts OUT.svg RUN.json[=name] ...');
  process.exit(2);
}
const runs = await Promise.all(words.map(readRun));
const linesOf = (...figures: Measured[]): Line[] =>
  runs.flatMap((run, index) =>
    figures.map((figure) => lineOf(run, index, figure)).filter(({ points }) => points.length > 0),
  );
const chart = drawChart(
  [
    { title: 'Loss', yAxis: 'logarithmic', lines: linesOf('validationLoss', 'loss') },
    { title: 'Accuracy', yAxis: 'share', lines: linesOf('validationAccuracy', 'accuracy') },
  ],
  'epoch',
);
await mkdir(dirname(out), { recursive: true });
await writeFile(out, chart);
