import type { PredictFigures, PredictRow } from './predict.ts';
import { origin, table } from './results.ts';

export interface Figures {
  readonly quick: boolean;
  readonly coldStartMs: number[];
  readonly predict: PredictFigures;
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

/** The section "Serving" of bench/RESULTS.md; what is printed is the same text. */
export function report({ quick, coldStartMs, predict }: Figures): string {
  const sorted = [...coldStartMs].sort((a, b) => a - b);
  return [
    `${origin(`npm run bench${quick ? ' -- --quick' : ''}`)}${quick ? ' A short run: rough figures.' : ''}`,
    '### Start',
    `From the start of the process to the first 200 of /readyz, model loaded, warmed up and self-tested: ${Math.round(sorted[sorted.length >> 1]!)} ms (median of ${sorted.length}, from ${Math.round(sorted[0]!)} to ${Math.round(sorted.at(-1)!)} ms).`,
    ...predictPart(predict),
  ].join('\n\n');
}
