import { setTimeout as sleep } from 'node:timers/promises';
import { openImages } from '../../src/compose/open.ts';
import { readConfig } from '../../src/config.ts';
import { encodePng } from '../../src/image/encode-png.ts';
import type { ImagePreparer } from '../../src/image/prepare-image.ts';
import { createGraph, symbolicBatch } from '../../src/neural/graph.ts';
import { serializeGraph } from '../../src/neural/serialize.ts';
import type { Random } from '../../src/random.ts';
import { softmax } from '../../src/tensor.ts';
import { tinySignature } from '../../test/support/tiny-onnx.ts';
import { tinyDraft, tinyPreprocessing } from '../../test/support/tiny-version.ts';
import { newPlace, patient, type Bench, type FaultCase, type Outcome } from './case.ts';
import { openServer, type Answer } from './server.ts';

/** Weights under which images that differ a little are answered differently. */
const weights = [
  [-2, 1, 0.5],
  [-1, -1, 1.5],
  [2, 0.7, -0.5],
  [0.3, -2, 1.1],
];

/** A model that fails on a batch with an image that falls from white to black: it looks up what is not there. */
function fragileModel(shift: number): Uint8Array {
  const graph = createGraph();
  const image = graph.input('image', [symbolicBatch, 1, 2, 2]);
  const flat = graph.node('Reshape', [image, graph.integers([-1, 4])], [symbolicBatch, 4]);
  const matrix = graph.constant(Float32Array.from(weights.flat()), [4, 3]);
  const product = graph.node('MatMul', [flat, matrix], [symbolicBatch, 3]);
  const start = graph.constant(Float32Array.from([1, 0, shift]), [3]);
  const sum = graph.node('Add', [product, start], [symbolicBatch, 3]);
  const across = graph.constant(Float32Array.from([1, -1, 0, 0]), [4, 1]);
  const fall = graph.node('MatMul', [flat, across], [symbolicBatch, 1]);
  const whole = graph.node('Floor', [fall], [symbolicBatch, 1]);
  const index = graph.node('Cast', [whole], [symbolicBatch, 1], {
    attributes: { to: { int: 7 } },
    type: 'int64',
  });
  const table = graph.constant(Float32Array.from([0]), [1]);
  const looked = graph.node('Gather', [table, index], [symbolicBatch, 1]);
  graph.output('logits', graph.node('Add', [sum, looked], [symbolicBatch, 3]));
  return serializeGraph(graph, 'fragile');
}

function expectedScores(pixels: ArrayLike<number>, shift: number): number[] {
  return softmax(
    [1, 0, shift].map((start, unit) =>
      weights.reduce((sum, row, pixel) => sum + pixels[pixel]! * row[unit]!, start),
    ),
  );
}

/** Four quadrants of chance in an image of any size; one in fifty is such a one that the batch fails. */
function drawImage(random: Random): Promise<Buffer> {
  const isFatal = random.integer(50) === 0;
  // Not a pixel of it is mixed of others.
  const [width, height] = isFatal ? [2, 2] : [2 + random.integer(60), 2 + random.integer(60)];
  const drawn = Array.from({ length: 4 }, () => random.integer(250));
  const greys = isFatal ? [255, 0, ...drawn.slice(2)] : drawn;
  const pixels = Uint8Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)];
    return greys[(y * 2 < height ? 0 : 2) + (x * 2 < width ? 0 : 1)]!;
  });
  return encodePng(pixels, { width, height, channels: 1 });
}

interface Tally {
  images: number;
  wrong: number;
  readonly refused: Map<string, number>;
  readonly lost: string[];
}

interface Asking {
  readonly random: Random;
  readonly preparer: ImagePreparer;
  readonly shifts: ReadonlyMap<number, number>;
  readonly tally: Tally;
}

/** One request: a few images, or one, or many; with a deadline, or whose caller leaves. */
async function askOnce(
  server: Awaited<ReturnType<typeof openServer>>,
  { random, preparer, shifts, tally }: Asking,
): Promise<void> {
  const count = [1, 1, 1, 1, 1, 1, 4, 8, 8, 40][random.integer(10)]!;
  const files = await Promise.all(Array.from({ length: count }, () => drawImage(random)));
  const deadline =
    random.integer(8) === 0 ? { 'x-request-timeout-ms': `${1 + random.integer(40)}` } : {};
  const leaveAfterMs = random.integer(8) === 0 ? random.integer(30) : undefined;
  const instances = files.map((file) => ({ b64: file.toString('base64') }));
  const isBare = count === 1 && random.integer(2) === 0;
  const body = isBare ? files[0]! : Buffer.from(JSON.stringify({ instances }));
  const answer = await server
    .ask(body, {
      path: '/predict?topK=3',
      type: isBare ? 'image/png' : 'application/json',
      headers: deadline,
      leaveAfterMs,
    })
    .catch((error: unknown) => void tally.lost.push(String(error)));
  if (answer === undefined) return;
  if (answer.status !== 200) {
    const { error } = answer.body as { error: { code: string } };
    tally.refused.set(error.code, (tally.refused.get(error.code) ?? 0) + 1);
    return;
  }
  tally.images += count;
  tally.wrong += await countWrong(answer, files, shifts, preparer);
}

/** How many of the answers are not those of their own image by their own version. */
async function countWrong(
  { body, version }: Answer,
  files: readonly Buffer[],
  shifts: ReadonlyMap<number, number>,
  preparer: ImagePreparer,
): Promise<number> {
  const { predictions } = body as { predictions: { top: { label: string; score: number }[] }[] };
  const shift = shifts.get(version ?? 0);
  if (shift === undefined || predictions.length !== files.length) return files.length;
  let wrong = 0;
  for (const [index, file] of files.entries()) {
    const pixels = await preparer.prepare(file, tinyPreprocessing, 'NCHW');
    const scores = expectedScores(pixels, shift);
    const isRight = predictions[index]!.top.every(
      ({ label, score }) => Math.abs(score - scores[tinySignature.classes.indexOf(label)]!) < 2e-4,
    );
    if (!isRight) wrong += 1;
  }
  return wrong;
}

const connections = 48;

/** Everything at once for a minute: every answer is that of its own image, by the version that it names. */
export const images: FaultCase = {
  name: 'distinct images, cancels, deadlines, reloads and failing batches at once',
  async run(bench: Bench): Promise<Outcome> {
    const place = newPlace(bench);
    const publisher = place.open(patient);
    const shifts = new Map<number, number>();
    const release = async (shift: number): Promise<void> => {
      const draft = { ...(await tinyDraft({ onnx: fragileModel(shift) })), label: 'production' };
      // It may answer before its publisher has heard of it.
      shifts.set(shifts.size + 1, shift);
      await publisher.publish(draft);
    };
    await release(0);
    const server = await openServer(bench, place.uri, { GLIMPSE_POLL_INTERVAL_MS: '500' });
    const preparer = openImages(readConfig({}));
    const tally: Tally = { images: 0, wrong: 0, refused: new Map(), lost: [] };
    const endsAt = performance.now() + Math.min(60, bench.seconds) * 1_000;
    let requests = 0;
    const loops = Array.from({ length: connections }, async (_, who) => {
      const random = bench.random.fork(`caller ${who}`);
      while (performance.now() < endsAt) {
        requests += 1;
        await askOnce(server, { random, preparer, shifts, tally });
      }
    });
    while (performance.now() < endsAt) {
      await sleep(2_500);
      await release((shifts.size % 7) / 3);
    }
    await Promise.all(loops);
    await server.stop();
    await preparer.close();
    await place.close();
    const refused = [...tally.refused].map(([code, times]) => `${times} ${code}`).join(', ');
    const expected =
      /^GLIMPSE_(RUNTIME_FAILED|DEADLINE_EXCEEDED|WAIT_TOO_LONG|QUEUE_FULL|DECODE_QUEUE_FULL|CLIENT_CLOSED|MEMORY_FULL)$/;
    const isHeld =
      tally.wrong === 0 &&
      tally.lost.length === 0 &&
      tally.images > 0 &&
      (tally.refused.get('GLIMPSE_RUNTIME_FAILED') ?? 0) > 0 &&
      [...tally.refused.keys()].every((code) => expected.test(code));
    return {
      held: isHeld,
      figures: `${requests} requests, ${tally.images} answers checked by ${shifts.size} versions, ${tally.wrong} swapped or wrong, ${tally.lost.length} lost or hanging${tally.lost.length > 0 ? ` (${tally.lost[0]})` : ''}; refused as they should: ${refused}`,
    };
  },
};
