import { ask, load, type Load } from './load.ts';
import { makeBodies, type Body } from './bodies.ts';
import { median, residentMiB } from './machine.ts';
import { startBare, type Running } from './processes.ts';

export interface PredictOptions {
  readonly connections: readonly number[];
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly rounds: number;
  report(line: string): void;
}

export interface PredictRow {
  readonly body: Body;
  readonly connections: number;
  readonly glimpse: Load;
  readonly bare: Load;
}

export interface PredictFigures {
  readonly rows: PredictRow[];
  readonly idleMiB: number;
  readonly loadedMiB: number;
}

/** Several rounds as one: the middle of each figure, the sum of the counts. */
function middle(rounds: readonly Load[]): Load {
  const of = (key: keyof Load): number => median(rounds.map((round) => round[key]));
  const total = (key: keyof Load): number => rounds.reduce((sum, round) => sum + round[key], 0);
  return {
    answers: total('answers'),
    refused: total('refused'),
    perSecond: of('perSecond'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    cpuMs: of('cpuMs'),
  };
}

/** Measures both servers in turn, so that whatever else the machine does falls on both. */
async function sideBySide(
  glimpse: Running,
  bare: Running,
  body: Body,
  connections: number,
  { rounds, seconds, warmUpSeconds }: PredictOptions,
): Promise<PredictRow> {
  const measured: { glimpse: Load[]; bare: Load[] } = { glimpse: [], bare: [] };
  await load(glimpse, body.request, connections, warmUpSeconds);
  await load(bare, body.request, connections, warmUpSeconds);
  for (let round = 0; round < rounds; round++) {
    measured.glimpse.push(await load(glimpse, body.request, connections, seconds));
    measured.bare.push(await load(bare, body.request, connections, seconds));
  }
  return {
    body,
    connections,
    glimpse: middle(measured.glimpse),
    bare: middle(measured.bare),
  };
}

/** Every body at every number of connections, Glimpse beside a bare server that answers as many bytes. */
export async function measurePredict(
  glimpse: Running,
  options: PredictOptions,
): Promise<PredictFigures> {
  const idleMiB = residentMiB(glimpse.pid);
  let loadedMiB = idleMiB;
  const rows: PredictRow[] = [];
  for (const body of await makeBodies()) {
    const answer = await ask(glimpse.port, body.request);
    if (answer.status !== 200) {
      throw new Error(`${body.name} was answered ${answer.status}: ${answer.body.toString()}`);
    }
    const bare = await startBare(answer.body.length);
    try {
      for (const connections of options.connections) {
        const row = await sideBySide(glimpse, bare, body, connections, options);
        rows.push(row);
        loadedMiB = Math.max(loadedMiB, residentMiB(glimpse.pid));
        const { perSecond, p99Ms } = row.glimpse;
        options.report(
          `${body.name}, ${connections} connections: ${Math.round(perSecond * body.images)} predictions/s, ` +
            `p99 ${p99Ms.toFixed(1)} ms; bare ${Math.round(row.bare.perSecond)} requests/s`,
        );
      }
    } finally {
      await bare.stop();
    }
  }
  return { rows, idleMiB, loadedMiB };
}
