import type { Arrivals } from './arrivals.ts';
import type { PredictFigures, PredictRow } from './predict.ts';
import { origin, table } from './results.ts';
import { p99Of, type WhileTraining } from './while-training.ts';

export interface Figures {
  readonly quick: boolean;
  readonly coldStartMs: number[];
  readonly predict: PredictFigures;
  readonly whileTraining: WhileTraining;
}

const ms = (value: number): string =>
  Number.isNaN(value) ? '-' : value.toFixed(value < 10 ? 2 : 0);

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
    '### Predict',
    'Glimpse with the shipped model and its default settings (one log line a request) beside a bare `node:http` server that reads the same body and answers a JSON of the same size, in turns; the load generator runs on the same machine and takes its share of it. `CPU ms/request` is the processor time of the server, all threads, for one answer; it moves less than the rest when the machine is shared. `requests to bare` is requests per second of Glimpse over those of the bare server.',
    table([head.split(' | '), ...rows.map(predictRow)]),
    `Resident memory: ${idleMiB} MiB idle after the start, at most ${loadedMiB} MiB after a load.`,
  ];
}

export const WHILE_TRAINING = 'Predict while training';

function windowRow(
  name: string,
  { p50Ms, p99Ms, maxMs, cpuMs }: Arrivals,
  rest: string[],
): string[] {
  return [name, ms(p50Ms), ms(p99Ms), ms(maxMs), ms(cpuMs), ...rest];
}

export function whileTrainingPart({
  count,
  idle,
  perSecond,
  ratio,
  training,
}: WhileTraining): string {
  const head =
    'window | p50 ms | p99 ms | longest ms | CPU ms/request | epochs ended | cores the trainer used';
  const rows = idle.flatMap((window, index) => {
    const job = training[index];
    const rest = job && [String(job.epochs), job.trainerCpu.toFixed(2)];
    return [
      windowRow('idle', window, ['', '']),
      ...(job ? [windowRow('training', job, rest!)] : []),
    ];
  });
  const refused = [...idle, ...training].reduce((sum, window) => sum + window.refused, 0);
  return [
    `One server with its default settings, asked ${perSecond} times a second for a PNG of 28x28, ${count} times in each window; in every second window it also trains \`cnn\` from 1000 images, augmented, by a job through \`POST /train\` that begins before the window and is cancelled after it. The rate is fixed and far below what the server can do, so the figures tell of the delay that training adds and not of a queue at the limit; a late answer delays no other request. The load generator is a process of its own on the same machine, and what delays it counts too.`,
    table([head.split(' | '), ...rows]),
    `Median p99 ${ms(p99Of(idle))} ms idle, ${ms(p99Of(training))} ms while training: **${ratio.toFixed(2)} times**. ${refused} of ${(idle.length + training.length) * count} requests were refused.`,
  ].join('\n\n');
}

/** The section "Serving" of bench/RESULTS.md; what is printed is the same text. */
export function report({ quick, coldStartMs, predict, whileTraining }: Figures): string {
  const sorted = [...coldStartMs].sort((a, b) => a - b);
  return [
    `${origin(`npm run bench${quick ? ' -- --quick' : ''}`)}${quick ? ' A short run: rough figures.' : ''}`,
    '### Start',
    `From the start of the process to the first 200 of /readyz, model loaded, warmed up and self-tested: ${Math.round(sorted[sorted.length >> 1]!)} ms (median of ${sorted.length}, from ${Math.round(sorted[0]!)} to ${Math.round(sorted.at(-1)!)} ms).`,
    ...predictPart(predict),
    `### ${WHILE_TRAINING}`,
    whileTrainingPart(whileTraining),
  ].join('\n\n');
}
