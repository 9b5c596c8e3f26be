import type { PredictFigures, PredictRow } from './predict.ts';
import type { TrainingFigures } from './training.ts';

export interface Figures {
  readonly machine: string;
  readonly date: string;
  readonly quick: boolean;
  readonly coldStartMs: number[];
  readonly predict: PredictFigures;
  readonly training: TrainingFigures | undefined;
}

/** A Markdown table with its columns padded, so that it reads in a terminal too. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(rows[0]!), line(rule), ...rows.slice(1).map(line)].join('\n');
}

const ms = (value: number): string =>
  Number.isNaN(value) ? '-' : value.toFixed(value < 10 ? 2 : 0);
const seconds = (value: number): string => `${value.toFixed(2)} s`;
const percent = (value: number | undefined): string =>
  value === undefined ? '-' : `${(value * 100).toFixed(1)} %`;

function predictRow({ body, connections, glimpse, bare }: PredictRow): string[] {
  return [
    `${body.name} (${(body.bytes / 1024).toFixed(1)} KiB)`,
    String(connections),
    String(Math.round(glimpse.perSecond * body.images)),
    ms(glimpse.p50Ms),
    ms(glimpse.p99Ms),
    ms(glimpse.cpuMs),
    String(Math.round(bare.perSecond)),
    ms(bare.p99Ms),
    ms(bare.cpuMs),
    (glimpse.perSecond / bare.perSecond).toFixed(2),
    String(glimpse.refused + bare.refused),
  ];
}

function predictPart({ rows, idleMiB, loadedMiB }: PredictFigures): string[] {
  const head =
    'body | connections | predictions/s | p50 ms | p99 ms | CPU ms/request | bare req/s | bare p99 | bare CPU ms | requests to bare | refused';
  return [
    '## Predict',
    'Glimpse with the shipped model and its default settings (one log line a request) beside a bare `node:http` server that reads the same body and answers a JSON of the same size, in turns; the load generator runs on the same machine and takes its share of it. `CPU ms/request` is the processor time of the server, all threads, for one answer; it moves less than the rest when the machine is shared. `requests to bare` is requests per second of Glimpse over those of the bare server.',
    table([head.split(' | '), ...rows.map(predictRow)]),
    `Resident memory: ${idleMiB} MiB idle after the start, at most ${loadedMiB} MiB after a load.`,
  ];
}

function trainingPart(figures: TrainingFigures): string[] {
  const { wholeSeconds, epochsSeconds, tfjsSeconds } = figures;
  return [
    '## Train',
    `The founding example (1000 samples, 784-128-10 with dropout, Adam, batch 32, 50 epochs) on ${figures.data}, with the defaults of \`POST /train\`, beside the same net in TensorFlow.js 4.22 on its wasm backend in the same run.`,
    table([
      ['', 'Glimpse', 'tf.js wasm', 'ratio'],
      [
        'the epochs',
        seconds(epochsSeconds),
        seconds(tfjsSeconds),
        (epochsSeconds / tfjsSeconds).toFixed(2),
      ],
      [
        'from POST to published version',
        seconds(wholeSeconds),
        '-',
        (wholeSeconds / tfjsSeconds).toFixed(2),
      ],
      ['right of 10,000 held out', percent(figures.accuracy), percent(figures.tfjsAccuracy), ''],
    ]),
  ];
}

/** The whole of bench/RESULTS.md; what is printed is the same text. */
export function report(figures: Figures): string {
  const { machine, date, quick, coldStartMs, predict, training } = figures;
  const sorted = [...coldStartMs].sort((a, b) => a - b);
  return [
    '# What it measures',
    `${date}, ${machine}. Made by \`npm run bench${quick ? ' -- --quick' : ''}\`${quick ? ' (a short run: rough figures)' : ''}; run it again on yours.`,
    '## Start',
    `From the start of the process to the first 200 of /readyz, model loaded, warmed up and self-tested: ${Math.round(sorted[sorted.length >> 1]!)} ms (median of ${sorted.length}, from ${Math.round(sorted[0]!)} to ${Math.round(sorted.at(-1)!)} ms).`,
    ...predictPart(predict),
    ...(training ? trainingPart(training) : []),
  ]
    .join('\n\n')
    .concat('\n');
}
