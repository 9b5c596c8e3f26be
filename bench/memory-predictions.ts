import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAnswers, type Connection } from './load.ts';
import { median, residentMiB } from './machine.ts';
import { makeMix, sendAndLeave } from './mixed-requests.ts';
import { publishPlain } from './peers/glimpse-peers.ts';
import { treePssMiB } from './peers/process-tree.ts';
import { startGlimpse, type Running } from './processes.ts';
import { table } from './results.ts';

/** Memory of the server after so many requests, in MiB. */
export interface Sample {
  readonly requests: number;
  readonly pss: number;
  readonly resident: number;
  /** Objects of JavaScript, what was not collected yet included. */
  readonly heap: number;
  /** Buffers outside of it. */
  readonly external: number;
}

const figures = ['pss', 'resident', 'heap', 'external'] as const;

const connections = 16;
/** As often memory is looked at. */
const samples = 200;
/** Less than this share more in the last quarter than in the one before it is what a collector does. */
const flatShare = 0.03;

async function sampleOf({ port, pid }: Running, requests: number): Promise<Sample> {
  const text = await fetch(`http://127.0.0.1:${port}/metrics`).then((answer) => answer.text());
  const gauge = (name: string): number =>
    Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN) / 2 ** 20;
  return {
    requests,
    pss: treePssMiB(pid),
    resident: residentMiB(pid),
    heap: gauge('nodejs_heap_size_used_bytes'),
    external: gauge('nodejs_external_memory_bytes'),
  };
}

/** The shipped model with its contract for handwriting and with a plain one, both in the process of the server. */
async function startWithBoth(): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-memory-'));
  const shipped = join(import.meta.dirname, '..', 'models');
  await cp(shipped, join(folder, 'models'), { recursive: true });
  await publishPlain({ model: join(shipped, 'digits', '1', 'model.onnx'), folder }, 'plain');
  const running = await startGlimpse({
    GLIMPSE_REPOSITORY: join(folder, 'models'),
    GLIMPSE_TRUSTED_MODELS: 'plain',
  });
  return {
    ...running,
    async stop() {
      await running.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** So many mixed requests to one server, and its memory all along. Every answer has the status that it should have. */
export async function memoryOverPredictions(
  requests: number,
  report: (line: string) => void,
): Promise<Sample[]> {
  const mix = await makeMix();
  const server = await startWithBoth();
  const found: Sample[] = [];
  let begun = 0;
  const talk = async (): Promise<void> => {
    let connection: Connection | undefined;
    try {
      while (begun < requests) {
        const index = begun;
        begun += 1;
        const { name, request, status } = mix(index);
        if (status === undefined) await sendAndLeave(server.port, request);
        else {
          connection ??= await connectAnswers(server.port);
          const answer = await connection.ask(request);
          if (answer.status !== status)
            throw new Error(`${name}: ${answer.status} ${answer.body.toString()}`);
        }
        if ((index + 1) % Math.ceil(requests / samples) > 0) continue;
        const sample = await sampleOf(server, index + 1);
        found.push(sample);
        report(inWords(sample));
      }
    } finally {
      connection?.close();
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, talk));
  } finally {
    await server.stop();
  }
  return found;
}

function inWords(sample: Sample): string {
  return `${sample.requests}: ${figures.map((name) => `${name} ${sample[name].toFixed(0)}`).join(', ')}`;
}

/** The middle of each figure in each quarter of the run. */
export function quartersOf(found: readonly Sample[]): Omit<Sample, 'requests'>[] {
  return [0, 1, 2, 3].map((quarter) => {
    const of = found.slice((found.length * quarter) / 4, (found.length * (quarter + 1)) / 4);
    const middle = (name: (typeof figures)[number]): number => median(of.map((one) => one[name]));
    return {
      pss: middle('pss'),
      resident: middle('resident'),
      heap: middle('heap'),
      external: middle('external'),
    };
  });
}

/** Whether memory grew in the second half, in a sentence. */
export function verdictOn(found: readonly Sample[]): string {
  const [, , third, last] = quartersOf(found);
  const grown = last!.pss - third!.pss;
  const isFlat = grown < flatShare * third!.pss;
  const by = `${grown < 0 ? '' : '+'}${grown.toFixed(1)} MiB of ${third!.pss.toFixed(0)}`;
  return `In the second half memory ${isFlat ? 'did not grow' : 'GREW'}: ${by} from the third quarter to the last.`;
}

export function predictionsTable(found: readonly Sample[]): string {
  const names = ['first', 'second', 'third', 'last'];
  const rows = quartersOf(found).map((quarter, at) => [
    `${names[at]} quarter`,
    ...figures.map((name) => quarter[name].toFixed(1)),
  ]);
  const head = ['middle of the', 'PSS MiB', 'resident MiB', 'heap used MiB', 'buffers MiB'];
  return table([head, ...rows]);
}
