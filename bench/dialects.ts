/**
 * npm run bench:dialects: the same predictions by every API that the server speaks, in turns: a digit in a PNG, and 32
 * digits as numbers. Writes its part of bench/RESULTS.md.
 *   --rounds N    how often each is measured (5)
 *   --seconds N   how long each time (1)
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { ask, load, requestBytes, type Load } from './load.ts';
import { median } from './machine.ts';
import { startGlimpse } from './processes.ts';
import { origin, table, writePart } from './results.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
  },
});
const COUNT = 32;
const root = join(import.meta.dirname, '..');
const digits = Array.from({ length: 10 }, (_, label) =>
  join(root, 'samples', 'golden', `${label}.png`),
);

interface Call {
  readonly name: string;
  readonly request: Buffer;
}

const json = (path: string, body: unknown): Buffer =>
  requestBytes(path, 'application/json', Buffer.from(JSON.stringify(body)));

async function pngCalls(): Promise<Call[]> {
  const png = await sharp(digits[7]).png().toBuffer();
  const b64 = png.toString('base64');
  const raw = (path: string): Buffer => requestBytes(path, 'image/png', png);
  const bytes = { name: 'image', datatype: 'BYTES', shape: [1], data: [b64] };
  return [
    { name: 'Glimpse, bare image', request: raw('/predict') },
    { name: 'SageMaker, bare image', request: raw('/invocations') },
    { name: 'TorchServe, bare image', request: raw('/predictions/digits') },
    { name: 'OIP, bare image', request: raw('/v2/models/digits/infer') },
    { name: 'Glimpse, base64', request: json('/predict', { instances: [{ b64 }] }) },
    {
      name: 'TensorFlow Serving, base64',
      request: json('/v1/models/digits:predict', { instances: [{ b64 }] }),
    },
    { name: 'OIP, base64', request: json('/v2/models/digits/infer', { inputs: [bytes] }) },
  ];
}

const rowsOf = (image: number[]): number[][] =>
  Array.from({ length: 28 }, (_, row) => image.slice(row * 28, row * 28 + 28));

async function batchCalls(): Promise<Call[]> {
  const pixels = await Promise.all(
    Array.from({ length: COUNT }, async (_, index) => [
      ...(await sharp(digits[index % 10])
        .greyscale()
        .raw()
        .toBuffer()),
    ]),
  );
  const shares = pixels.map((image) => image.map((value) => Number((value / 255).toFixed(4))));
  const shape = [COUNT, 1, 28, 28];
  const tensor = Buffer.from(Float32Array.from(shares.flat()).buffer);
  const input = { name: 'image', datatype: 'FP32', shape };
  const head = Buffer.from(
    JSON.stringify({
      inputs: [{ ...input, parameters: { binary_data_size: tensor.length } }],
      parameters: { binary_data_output: true },
    }),
  );
  return [
    { name: 'Glimpse, pixels', request: json('/predict', { instances: pixels }) },
    { name: 'SageMaker, pixels', request: json('/invocations', { instances: pixels }) },
    {
      name: 'TensorFlow Serving, tensor',
      request: json('/v1/models/digits:predict', {
        instances: shares.map((image) => [rowsOf(image)]),
      }),
    },
    {
      name: 'OIP, tensor',
      request: json('/v2/models/digits/infer', { inputs: [{ ...input, data: shares.flat() }] }),
    },
    {
      name: 'OIP, tensor as bytes',
      request: requestBytes(
        '/v2/models/digits/infer',
        'application/octet-stream',
        Buffer.concat([head, tensor]),
        { 'inference-header-content-length': String(head.length) },
      ),
    },
  ];
}

/** Every call in turns; the middle of each. */
async function measure(calls: readonly Call[], connections: number): Promise<string[][]> {
  const server = await startGlimpse();
  try {
    for (const { name, request } of calls) {
      const { status, body } = await ask(server.port, request);
      if (status !== 200) throw new Error(`${name}: ${status} ${body.toString().slice(0, 300)}`);
    }
    const found = new Map<Call, Load[]>(calls.map((call) => [call, []]));
    for (let round = -1; round < Number(flags.rounds); round += 1) {
      for (const call of calls) {
        const one = await load(server, call.request, connections, Number(flags.seconds));
        // The first round only warms up.
        if (round >= 0) found.get(call)!.push(one);
      }
    }
    const middle = (call: Call, of: keyof Load): number =>
      median(found.get(call)!.map((one) => one[of]));
    const native = calls[0]!;
    return calls.map((call) => [
      call.name,
      middle(call, 'perSecond').toFixed(0),
      middle(call, 'p50Ms').toFixed(2),
      middle(call, 'cpuMs').toFixed(2),
      `${((100 * middle(call, 'cpuMs')) / middle(native, 'cpuMs')).toFixed(0)} %`,
    ]);
  } finally {
    await server.stop();
  }
}

execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
const head = ['call', 'requests/s', 'p50 ms', 'CPU ms', 'of the first'];
const text = [
  origin('npm run bench:dialects'),
  'The shipped model, asked for one digit in a PNG by 8 connections; the middle of the rounds. The bare image is looked at for handwriting in all of them.',
  table([head, ...(await measure(await pngCalls(), 8))], 1),
  `${COUNT} digits as numbers, by 4 connections. Pixels go through the preprocessing, a tensor to the model as it is.`,
  table([head, ...(await measure(await batchCalls(), 4))], 1),
].join('\n\n');
console.log(text);
await writePart('Serving', 'By the APIs of others', text);
