import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import { table } from '../src/cli/table.ts';
import { createTrainProgress, percent } from '../src/cli/train/train-progress.ts';
import { composeServer } from '../src/compose.ts';
import { readConfig } from '../src/config.ts';
import { packageRoot } from '../src/package.ts';
import type { JobRecord } from '../src/jobs/record.ts';
import type { TrainEvent } from '../src/training/events.ts';
import type { ResolvedTrainRequest } from '../src/training/request.ts';

/**
 * npm run demo: the whole story in a terminal. A real server on a repository of its own serves digits
 * version 2, trains the founding example over HTTP, serves what came out by its number, as version 3, without
 * a restart, and both versions are asked about the sample images.
 */
const folder = join(packageRoot, '.glimpse', 'demo');
const repository = join(folder, 'models');
const shipped = join(packageRoot, 'models', 'digits', '2');
/** As they are shipped: production is version 2, whatever was published in ./models since. */
const labels = { latest: 2, production: 2 };

interface Answer {
  readonly predictions: readonly { readonly label: string; readonly score: number }[];
}

async function main(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(repository, 'digits'), { recursive: true });
  if (existsSync(shipped)) {
    await cp(shipped, join(repository, 'digits', '2'), { recursive: true });
    await writeFile(join(repository, 'digits', 'labels.json'), JSON.stringify(labels));
  }
  step(
    `A repository for this demo: ${here(repository)} (a copy of digits version 2; ./models stays as it is)`,
  );

  const config = readConfig({
    ...process.env,
    GLIMPSE_REPOSITORY: repository,
    GLIMPSE_DATA_DIR: join(folder, 'data'),
  });
  const server = await composeServer(config, pino({ level: 'warn' }, process.stderr));
  try {
    const url = await server.app.listen({ host: '127.0.0.1', port: 0 });
    await server.start();
    step(`The server listens on ${url}`);
    step('POST /train with nothing in it: the founding example');
    const job = await train(url);
    const { accuracy = 0, examples, measuredOn } = job.metrics ?? {};
    const seconds = job.timings?.train?.toFixed(1);
    step(
      `digits version ${job.version}: ${percent(accuracy)} right on ${examples} ${measuredOn} (${seconds} s of training)`,
    );
    step('POST /predict with the sample images, to every version');
    console.log(await predictSamples(url, job));
    step('Where everything is');
    const version = join(repository, 'digits', String(job.version));
    console.log(`   the version   ${here(version)}  (manifest.json says how it was made)
   the job       ${here(join(folder, 'data', 'jobs', job.id))}
   serve it      GLIMPSE_REPOSITORY=${here(repository)} npm start`);
  } finally {
    await server.stop();
  }
}

/** A path as one would type it here. */
function here(path: string): string {
  return relative(process.cwd(), path) || '.';
}

/** Hands the job in, follows its events to the end, and answers its record. */
async function train(url: string): Promise<JobRecord> {
  const accepted = await call(`${url}/train`, { method: 'POST' });
  const { id, request, notes } = (await accepted.json()) as JobRecord & {
    request: ResolvedTrainRequest;
  };
  for (const note of notes) console.log(`   ${note}`);
  const progress = createTrainProgress(request.epochs, process.stdout);
  const events = await call(`${url}/train/${id}/events`);
  let type = '';
  for await (const line of createInterface({ input: Readable.fromWeb(events.body!) })) {
    if (line.startsWith('event: ')) type = line.slice('event: '.length);
    if (!line.startsWith('data: ')) continue;
    const data = JSON.parse(line.slice('data: '.length)) as object;
    const event = (type === 'epoch' ? { type, epoch: data } : { type, ...data }) as
      TrainEvent | { type: 'state' };
    if (event.type !== 'state' && event.type !== 'note') progress.show(event);
  }
  progress.close();
  const job = (await (await call(`${url}/train/${id}`)).json()) as JobRecord;
  if (job.state !== 'succeeded') throw new Error(`the job ${job.state}: ${job.error?.message}`);
  for (const note of job.notes) if (!notes.includes(note)) console.log(`   ${note}`);
  return job;
}

/** A table of what every version makes of every sample image. */
async function predictSamples(url: string, { version = 2 }: JobRecord): Promise<string> {
  const versions = version === 2 ? [2] : [2, version];
  const folders = ['golden', 'photos'].map((name) => join(packageRoot, 'samples', name));
  const files: string[] = [];
  for (const each of folders) {
    for (const name of (await readdir(each)).sort()) files.push(join(each, name));
  }
  const columns = await Promise.all(versions.map((each) => predict(url, each, files)));
  const rows = files.map((file, index) => {
    const shows = basename(file)[0]!;
    const answers = columns.map((column) => {
      const { label, score } = column[index]!;
      return `${label === shows ? ' ' : '!'} ${label} (${percent(score)})`;
    });
    return [`   ${relative(packageRoot, file)}`, shows, ...answers];
  });
  const right = columns.map((column) => {
    const count = files.filter((file, index) => column[index]!.label === basename(file)[0]).length;
    return `  ${count} of ${files.length} right`;
  });
  const head = ['   image', 'shows', ...versions.map((each) => `  version ${each}`)];
  return table(head, [...rows, ['', '', ...right]]);
}

async function predict(url: string, version: number, files: readonly string[]) {
  const form = new FormData();
  for (const file of files) form.append('image', new Blob([await readFile(file)]), basename(file));
  const answer = await call(`${url}/models/digits/versions/${version}/predict`, {
    method: 'POST',
    body: form,
  });
  return ((await answer.json()) as Answer).predictions;
}

async function call(url: string, init?: RequestInit): Promise<Response> {
  const answer = await fetch(url, init);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return answer;
}

let steps = 0;
function step(text: string): void {
  steps += 1;
  console.log(`${steps}. ${text}`);
}

await main();
