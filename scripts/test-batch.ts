import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../src/package.ts';
import { putObject } from '../test/support/s3-put.ts';
import { startS3Server } from '../test/support/s3-server.ts';
import { MissingTool, run } from './foreign/run.ts';
import { freePort, withServer } from './foreign/server.ts';
import { pythonPackages } from './foreign/tools.ts';

/**
 * `npm run test:batch`: a server hands a training to moto's AWS Batch, and the command that Batch would start for it, `glimpse worker --job <id>`, works on it
 * as a process of its own; moto takes jobs and starts nothing. Records and versions lie in our strict S3 server.
 */
let failures = 0;
function check(claim: string, isTrue: boolean, found: unknown): void {
  if (!isTrue) failures += 1;
  console.log(
    `${isTrue ? 'ok   ' : 'FAIL '} ${claim}${isTrue ? '' : `: ${JSON.stringify(found)}`}`,
  );
}

interface Job {
  readonly id: string;
  readonly state: string;
  readonly version?: number;
}

async function call(url: string, body?: unknown): Promise<unknown> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const response = await fetch(
    url,
    body === undefined ? {} : { ...init, body: JSON.stringify(body) },
  );
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return await response.json();
}

async function main(): Promise<void> {
  const environment = await pythonPackages('moto[batch,server]==5.2.1');
  await run('npm', ['run', '--silent', 'build'], { cwd: packageRoot });
  const port = await freePort();
  const batch = `http://127.0.0.1:${port}`;
  const moto = spawn(
    join(environment, 'bin', 'moto_server'),
    ['-H', '127.0.0.1', '-p', String(port)],
    { stdio: 'ignore' },
  );
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-batch-'));
  const store = await startS3Server();
  const shared = {
    GLIMPSE_REPOSITORY: `s3://${store.bucket}/models`,
    GLIMPSE_S3_ENDPOINT: store.endpoint,
    GLIMPSE_S3_REGION: store.region,
    GLIMPSE_JOBS: 'aws-batch',
    GLIMPSE_BATCH_QUEUE: 'trainings',
    GLIMPSE_BATCH_DEFINITION: 'glimpse-job',
    GLIMPSE_OPEN: '1',
  };
  Object.assign(process.env, store.env, {
    AWS_REGION: store.region,
    AWS_ENDPOINT_URL_BATCH: batch,
  });
  try {
    // Without this moto would have Docker run the container.
    const config = { batch: { use_docker: false } };
    for (let tries = 0; ; tries += 1) {
      try {
        await call(`${batch}/moto-api/config`, config);
        break;
      } catch (error) {
        if (tries > 100) throw error;
        await sleep(100);
      }
    }
    const python = (...words: string[]): Promise<string> =>
      run(join(environment, 'bin', 'python'), [
        join(packageRoot, 'scripts', 'batch', 'prepare.py'),
        batch,
        'trainings',
        'glimpse-job',
        ...words,
      ]);
    await python();
    await shipModel(store.objects);
    const worker = { ...shared, GLIMPSE_DATA_DIR: join(folder, 'worker') };
    await withServer((url) => tryJob(url, () => python('list'), worker), shared);
  } finally {
    moto.kill();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
  console.log(`test:batch: ${failures === 0 ? 'all is right' : `${failures} failed`}`);
  if (failures > 0) process.exitCode = 1;
}

/** The shipped version, so that the server has something to answer by. */
async function shipModel(objects: Parameters<typeof putObject>[0]): Promise<void> {
  const folder = join(packageRoot, 'models', 'digits');
  for (const name of (await readdir(join(folder, '1'), { recursive: true })).toSorted()) {
    const bytes = await readFile(join(folder, '1', name)).catch(() => undefined);
    if (bytes) putObject(objects, `models/digits/1/${name}`, bytes);
  }
  const labels = Buffer.from('{"latest": 1, "production": 1}');
  putObject(objects, 'models/digits/labels.json', labels);
}

async function tryJob(
  url: string,
  listJobs: () => Promise<string>,
  settings: Record<string, string>,
): Promise<void> {
  const job = (await call(`${url}/train`, { model: 'digits', epochs: 2 })) as Job;
  check('a server takes a training in', job.state === 'queued', job);
  const listed = JSON.parse(await listJobs()) as [string, { job?: string }][];
  const isThere = listed.some(
    ([name, { job: id }]) => name === `glimpse-${job.id}` && id === job.id,
  );
  check('and hands its id to Batch, once', isThere && listed.length === 1, listed);
  const code = await new Promise<number | null>((resolve) => {
    const worker = spawn(
      process.execPath,
      [join(packageRoot, 'dist', 'cli.js'), 'worker', '--job', job.id],
      { stdio: 'ignore', env: { ...process.env, ...settings } },
    );
    worker.once('close', resolve);
  });
  check('the command that Batch would start ends with 0', code === 0, code);
  let found = job;
  for (let tries = 0; tries < 100 && found.state !== 'succeeded'; tries += 1) {
    await sleep(100);
    found = (await call(`${url}/train/${job.id}`)) as Job;
  }
  check(
    'the server knows that it has succeeded, and its version',
    found.state === 'succeeded' && found.version === 2,
    found,
  );
  const models = JSON.stringify(await call(`${url}/models/digits`));
  check('and serves the version', models.includes('"version":2'), models.slice(0, 500));
}

try {
  await main();
} catch (error) {
  const isMissing = error instanceof MissingTool;
  console.log(`moto's AWS Batch: ${isMissing ? 'NOT RUN, ' : ''}${String(error)}`);
  if (!isMissing) process.exitCode = 1;
}
