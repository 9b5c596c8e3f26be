/**
 * Trains a net on images of noise as a training process does, for two epochs, and answers its peak memory as JSON beside what
 * was expected of it. The built Glimpse (`build`) is what runs: how code is compiled changes what it needs.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TrainRequest } from '../src/training/request.ts';

/** What is trained on, and how. */
export interface MemoryTask {
  readonly request: TrainRequest;
  readonly shape: { readonly width: number; readonly height: number; readonly channels: 1 | 3 };
  readonly examples: number;
}

const load = async <Module>(name: string): Promise<Module> => {
  const file = join(import.meta.dirname, '..', 'build', `${name}.js`);
  return (await import(pathToFileURL(file).href)) as Module;
};
const { withDigest } = await load<typeof import('../src/datasets/dataset.ts')>('datasets/dataset');
const { plainContract } =
  await load<typeof import('../src/preprocessing/presets.ts')>('preprocessing/presets');
const { createRandom } = await load<typeof import('../src/random.ts')>('random');
const { fit } = await load<typeof import('../src/training/fit.ts')>('training/fit');
const { expectedBytes, loadOf } = await load<
  typeof import('../src/training/memory/expected-bytes.ts')
>('training/memory/expected-bytes');
const { resolveTrainRequest } = await load<typeof import('../src/training/resolve-request.ts')>(
  'training/resolve-request',
);
const { resolveNet } =
  await load<typeof import('../src/training/resolve-net.ts')>('training/resolve-net');

const { request, shape, examples } = JSON.parse(process.argv[2]!) as MemoryTask;
const context = { defaultModel: 'bench', hasMnist: false, hasUploads: true };
const net = { ...resolveTrainRequest(request, context), epochs: 2 };
const random = createRandom(1);
const pixels = new Uint8Array(examples * shape.width * shape.height * shape.channels);
for (let at = 0; at < pixels.length; at += 1) pixels[at] = random.integer(256);
const dataset = withDigest({
  pixels,
  shape,
  labels: Int32Array.from({ length: examples }, (_, index) => index % 10),
  classes: Array.from({ length: 10 }, (_, label) => String(label)),
});
const preprocessing = plainContract(shape);
const all = Int32Array.from({ length: examples }, (_, index) => index);
const apart = Math.max(1, Math.floor(examples / 10));
const validation = { dataset, indices: all.subarray(0, apart), preprocessing };
const learnt = { dataset, indices: all.subarray(apart), preprocessing };
const { trainer } = resolveNet(net, { learnt, random, threads: 2 });
await fit({
  trainer,
  validation,
  earlyStopping: undefined,
  signal: new AbortController().signal,
  report: () => {},
});
const peak = peakBytes();
const expected = expectedBytes(net, loadOf(learnt, validation, trainer.batches));
console.log(JSON.stringify({ peakBytes: peak, expectedBytes: expected }));

/** VmHWM, which starts anew with the program, unlike the figure of getrusage; elsewhere that one. */
function peakBytes(): number {
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
  const kib = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  return Number(kib) * 1024;
}
