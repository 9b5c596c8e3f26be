import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../src/package.ts';
import { balancer, version1, version2 } from '../test/lambda/events.ts';
import { MissingTool, run } from './foreign/run.ts';
import { freePort } from './foreign/server.ts';
import { lambdaEmulator } from './foreign/tools.ts';

/**
 * `npm run test:lambda`: has Lambda's own Runtime Interface Emulator, built from the Go proxy, run the function, sends it the events of
 * API Gateway, function URLs and load balancers, and tells how long a cold start and a call take.
 *
 * `npm run test:lambda -- <command> <words ...>` runs that in place of `node dist/lambda.js`: the one of an image, say.
 */
const starts = 5;
const given = process.argv.slice(2);
const command = given.length > 0 ? given : [process.execPath, join('dist', 'lambda.js')];

interface Answer {
  readonly statusCode?: number;
  readonly body?: string;
  readonly errorType?: string;
}

interface Emulated {
  invoke(this: void, event: unknown): Promise<Answer>;
  /** What the emulator and the function have written. */
  said(this: void): string;
}

let failures = 0;
function check(claim: string, isTrue: boolean, found: unknown): void {
  if (!isTrue) failures += 1;
  console.log(
    `${isTrue ? 'ok   ' : 'FAIL '} ${claim}${isTrue ? '' : `: ${JSON.stringify(found)}`}`,
  );
}

async function main(): Promise<void> {
  const emulator = await lambdaEmulator();
  if (given.length === 0 || !existsSync(join(packageRoot, 'dist', 'lambda.js'))) {
    await run('npm', ['run', '--silent', 'build'], { cwd: packageRoot });
  }
  const image = await readFile(join(packageRoot, 'samples', 'golden', '7.png'));
  await withEmulator(emulator, (emulated) => tryEvents(emulated, image));
  await measure(emulator, image);
  console.log(`test:lambda: ${failures === 0 ? 'all is right' : `${failures} failed`}`);
  if (failures > 0) process.exitCode = 1;
}

async function tryEvents({ invoke }: Emulated, body: Buffer): Promise<void> {
  const sent = { method: 'POST', path: '/predict', type: 'image/png', body };
  const events = {
    'API Gateway, payload 2.0, and a function URL': version2(sent),
    'API Gateway, payload 1.0': version1(sent),
    'a load balancer': balancer(sent),
    'a load balancer with lists of values': balancer(sent, true),
  };
  for (const [name, event] of Object.entries(events)) {
    const answer = await invoke(event);
    const isRight = answer.statusCode === 200 && labelOf(answer) === '7';
    check(`an image of ${name} is answered`, isRight, answer);
  }
  const tensor = Buffer.from(JSON.stringify({ instances: [Array(784).fill(0)] }));
  const json = await invoke(
    version2({ ...sent, path: '/invocations', type: 'application/json', body: tensor }),
  );
  check('other APIs are spoken', json.statusCode === 200, json);
  const ready = await invoke(version2({ path: '/readyz' }));
  check('it is ready', ready.statusCode === 200, ready);
  const broken = await invoke(version1({ ...sent, body: Buffer.from('no image') }));
  check('what is no image is refused', broken.statusCode === 415, broken);
  const other = await invoke({ Records: [{ eventSource: 'aws:s3' }] });
  check('an event without a request ends with an error', other.errorType === 'UnknownEvent', other);
  const large = await invoke(version2({ ...sent, body: Buffer.alloc(4 * 1024 * 1024) }));
  check('a body of 4 MiB arrives', large.statusCode === 415, large);
}

function labelOf({ body = '{}' }: Answer): unknown {
  const { predictions } = JSON.parse(body) as { predictions?: { label: string }[] };
  return predictions?.[0]?.label;
}

/** Cold starts as the emulator reports them, and calls after them, medians in milliseconds. */
async function measure(emulator: string, body: Buffer): Promise<void> {
  const event = version2({ method: 'POST', path: '/predict', type: 'image/png', body });
  const inits: number[] = [];
  const calls: number[] = [];
  for (let start = 0; start < starts; start += 1) {
    await withEmulator(emulator, async ({ invoke, said }) => {
      for (let call = 0; call < 20; call += 1) {
        const before = performance.now();
        await invoke(event);
        if (call >= 10) calls.push(performance.now() - before);
      }
      inits.push(Number(/INIT REPORT\(durationMs: ([\d.]+)\)/.exec(said())?.[1]));
    });
  }
  console.log(`      a cold start until the first event is taken: ${median(inits).toFixed(0)} ms`);
  console.log(`      a call, a PNG of 28x28, with the emulator: ${median(calls).toFixed(1)} ms`);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

/** A function of its own, which starts with the first event. */
async function withEmulator(
  program: string,
  use: (emulated: Emulated) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-lambda-'));
  const [port, apiPort] = [await freePort(), await freePort()];
  const addresses = [
    '--runtime-interface-emulator-address',
    `127.0.0.1:${port}`,
    '--runtime-api-address',
    `127.0.0.1:${apiPort}`,
  ];
  const child = spawn(program, [...addresses, ...command], {
    cwd: packageRoot,
    env: {
      ...process.env,
      GLIMPSE_DATA_DIR: join(folder, 'data'),
      GLIMPSE_KEYS_FILE: '',
      GLIMPSE_OPEN_PREDICT: '1',
      GLIMPSE_MAX_BATCH_SIZE: '8',
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  const url = `http://127.0.0.1:${port}/2015-03-31/functions/function/invocations`;
  try {
    await use({
      said: () => said,
      async invoke(event) {
        for (let attempt = 0; ; attempt += 1) {
          try {
            const response = await fetch(url, { method: 'POST', body: JSON.stringify(event) });
            return JSON.parse(await response.text()) as Answer;
          } catch (error) {
            if (attempt > 50 || child.exitCode !== null)
              throw new Error(said.slice(-4000), { cause: error });
            await sleep(20);
          }
        }
      },
    });
  } finally {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  }
}

async function ended(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill();
  await closed;
}

try {
  await main();
} catch (error) {
  const isMissing = error instanceof MissingTool;
  console.log(`Lambda's emulator: ${isMissing ? 'NOT RUN, ' : ''}${String(error)}`);
  if (!isMissing) process.exitCode = 1;
}
