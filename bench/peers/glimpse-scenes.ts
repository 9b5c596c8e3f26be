import { join } from 'node:path';
import { median } from '../machine.ts';
import { cancelJob, startJob } from '../jobs.ts';
import { table } from '../results.ts';
import { jobBody } from '../while-training.ts';
import type { Figures } from './generate.ts';
import { glimpseTrusted, publishPlain } from './glimpse-peers.ts';
import { startPeer, type Peer, type RunningPeer } from './peer.ts';
import { pngQuestion } from './questions.ts';
import { short } from './report.ts';
import type { RoundsOptions } from './rounds.ts';

/** Something that a server does beside its predictions. */
interface Beside {
  readonly name: string;
  /** Paths that are asked in turns; unless given, that of the one model. */
  readonly paths?: readonly string[];
  /** Begins it, and gives what ends it. */
  readonly begin?: (running: RunningPeer) => Promise<() => Promise<unknown>>;
}

const others = ['second', 'third', 'fourth'];

/** A server with four models that run in it, which loads and unloads when it is told to. */
const fourModels: Peer = {
  ...glimpseTrusted,
  name: 'glimpse-four-models',
  async command(home) {
    const { env, ...command } = await glimpseTrusted.command(home);
    for (const name of others) await publishPlain(home, name);
    return {
      ...command,
      env: { ...env, GLIMPSE_MODEL_CONTROL: 'explicit', GLIMPSE_TRUSTED_MODELS: '*' },
    };
  },
};

async function tell({ port }: RunningPeer, model: string, what: 'load' | 'unload'): Promise<void> {
  const url = `http://127.0.0.1:${port}/models/${model}/${what}`;
  const response = await fetch(url, { method: 'POST', signal: AbortSignal.timeout(30_000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

/** Unloads a model and loads it again, without a pause, until it is told to stop. */
async function reload(running: RunningPeer): Promise<() => Promise<unknown>> {
  const over = new AbortController();
  const reloading = (async () => {
    while (!over.signal.aborted) {
      await tell(running, 'fourth', 'unload');
      await tell(running, 'fourth', 'load');
    }
  })();
  return () => {
    over.abort();
    return reloading;
  };
}

async function train(running: RunningPeer): Promise<() => Promise<unknown>> {
  const job = await startJob(running, jobBody(undefined));
  return () => cancelJob(running, job);
}

const besides: readonly Beside[] = [
  { name: 'one model, nothing else' },
  {
    name: 'four models in turns',
    paths: ['/predict', ...others.map((name) => `/models/${name}/predict`)],
  },
  { name: 'another model is unloaded and loaded all the time', begin: reload },
  { name: '`cnn` is trained', begin: train },
];

/** What predictions become by what the same server does meanwhile; closed loop, in turns. */
export async function measureBeside(
  options: Pick<RoundsOptions, 'rounds' | 'seconds' | 'model' | 'folder' | 'send' | 'report'>,
): Promise<string> {
  const { rounds, seconds, model, send, report } = options;
  const question = await pngQuestion(3);
  const folder = join(options.folder, fourModels.name);
  const running = await startPeer(fourModels, { model, folder }, question);
  const found = new Map<string, Figures[]>(besides.map(({ name }) => [name, []]));
  try {
    for (const name of ['digits', ...others]) await tell(running, name, 'load');
    await send(running, { question, connections: CONNECTIONS, seconds });
    for (let round = 0; round < rounds; round += 1) {
      for (const { name, paths, begin } of besides) {
        const end = await begin?.(running);
        try {
          const load = { question, connections: CONNECTIONS, seconds, ...(paths && { paths }) };
          const figures = await send(running, load);
          found.get(name)!.push(figures);
          report(
            `${name}: ${short(figures.rightPerSecond)} right/s, p99 ${short(figures.p99Ms)} ms`,
          );
        } finally {
          await end?.();
        }
      }
    }
  } finally {
    await running.stop();
  }
  return tableOf(found);
}

const CONNECTIONS = 8;

function tableOf(found: ReadonlyMap<string, readonly Figures[]>): string {
  const rows = [...found].map(([name, rounds]) => {
    const of = (key: keyof Figures): string => short(median(rounds.map((round) => round[key])));
    const other = rounds.reduce(
      (sum, { wrong, refused, failed }) => sum + wrong + refused + failed,
      0,
    );
    return [name, of('rightPerSecond'), of('p50Ms'), of('p99Ms'), String(other)];
  });
  return table([['meanwhile', 'right/s', 'p50 ms', 'p99 ms', 'other answers'], ...rows]);
}
