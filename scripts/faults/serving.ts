import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../../src/repository/stores/open-store.ts';
import { openOnnxRuntime } from '../../src/runtime/onnx-runtime.ts';
import { softmax } from '../../src/tensor.ts';
import { s3OptionsFor } from '../../test/support/s3-options.ts';
import { slowModel, tinyModel, tinySignature } from '../../test/support/tiny-onnx.ts';
import { tinyDraft, tinyPixels, tinyPng } from '../../test/support/tiny-version.ts';
import { newPlace, patient, type Bench, type FaultCase } from './case.ts';
import { images } from './images.ts';
import { openServer } from './server.ts';

type Server = Awaited<ReturnType<typeof openServer>>;

/** Asks again and again; counts the answers by version, and whatever is no answer. */
function askAlways(server: Server, connections: number, body: Uint8Array, path?: string) {
  const done = new AbortController();
  const versions = new Map<number, number>();
  const failures: string[] = [];
  const took: number[] = [];
  const answers = new Map<number, unknown>();
  const loops = Array.from({ length: connections }, async () => {
    while (!done.signal.aborted) {
      const startedAt = performance.now();
      const answer = await server.ask(body, path === undefined ? {} : { path }).catch(String);
      took.push(performance.now() - startedAt);
      if (typeof answer === 'object' && answer.status === 200 && answer.version !== undefined) {
        versions.set(answer.version, (versions.get(answer.version) ?? 0) + 1);
        answers.set(answer.version, answer.body);
      } else
        failures.push(typeof answer === 'object' ? JSON.stringify(answer.body) : String(answer));
    }
  });
  return {
    versions,
    failures,
    answers,
    async stop() {
      done.abort();
      await Promise.all(loops);
      took.sort((a, b) => a - b);
      const at = (share: number) => (took[Math.floor(took.length * share)] ?? 0).toFixed(0);
      const figures = `${took.length} requests, ${failures.length} failed (p50 ${at(0.5)} ms, p99 ${at(0.99)} ms)`;
      return { figures, failures };
    },
  };
}

async function until(isSo: () => Promise<boolean>, mostMs: number): Promise<number | undefined> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < mostMs) {
    if (await isSo()) return performance.now() - startedAt;
    await sleep(20);
  }
  return undefined;
}

const pollMs = 1_000;

const inMs = (ms: number | undefined): string =>
  ms === undefined ? 'never' : `${ms.toFixed(0)} ms`;

const outage: FaultCase = {
  name: 'S3 is away for ten seconds, and still when the server starts again',
  async run(bench) {
    const place = newPlace(bench);
    const publisher = place.open(patient);
    await publisher.publish(await tinyDraft({ label: 'production' }));
    await publisher.publish(await tinyDraft({ shift: 1 }));
    const body = new Uint8Array(await tinyPng('left'));
    const first = await openServer(bench, place.uri);
    const asking = askAlways(first, 8, body);
    await sleep(1_000);
    bench.proxy.down();
    await sleep(10_000);
    const { figures, failures } = await asking.stop();
    await first.stop();
    const startedAt = performance.now();
    const second = await openServer(bench, place.uri);
    const isAnswered = async () => (await second.ask(body))?.version === 1;
    const startMs = (await until(isAnswered, 20_000)) && performance.now() - startedAt;
    bench.proxy.clear();
    await publisher.setLabel({ model: 'digits', label: 'production', version: 2 });
    const returnMs = await until(async () => {
      const answer = await second.ask(body);
      return answer?.version === 2 && !answer.isStale;
    }, 20_000);
    await second.stop();
    await place.close();
    const isHeld =
      failures.length === 0 &&
      startMs !== undefined &&
      returnMs !== undefined &&
      returnMs < 4 * pollMs;
    return {
      held: isHeld,
      figures: `${figures}; started without S3 in ${inMs(startMs)}; the new label in force ${inMs(returnMs)} after its return (polls every ${pollMs} ms, twice that after failures)`,
    };
  },
};

const quiet: FaultCase = {
  name: 'what a quiet repository costs in requests',
  async run(bench) {
    const place = newPlace(bench);
    const publisher = place.open(patient);
    for (const model of ['digits', 'shapes', 'other']) {
      await publisher.publish(await tinyDraft({ model, label: 'production' }));
    }
    const server = await openServer(bench, place.uri, { GLIMPSE_RESCAN_INTERVAL_MS: '600000' });
    await sleep(3_000);
    const from = bench.proxy.calls.length;
    const seconds = 20;
    await sleep(seconds * 1_000);
    const calls = bench.proxy.calls.slice(from);
    await server.stop();
    await place.close();
    const labels = calls.filter((call) => call.includes('labels.json')).length;
    const perPoll = (calls.length / (seconds * 1_000)) * pollMs;
    return {
      held: calls.length === labels && Math.abs(perPoll - 3) < 0.6,
      figures: `three models, ${seconds} s, a poll a second: ${calls.length} requests, ${labels} of them conditional for labels; ${(perPoll / 3).toFixed(2)} for each model and poll`,
    };
  },
};

/** What a model answers to an image, in the order of its classes. */
async function scoresOf(model: Uint8Array, pixels: readonly number[]): Promise<number[]> {
  const runtime = await openOnnxRuntime({ file: model, signature: tinySignature, threads: 1 });
  try {
    const data = Float32Array.from(pixels, (pixel) => pixel / 255);
    return softmax((await runtime.infer({ shape: [1, 1, 2, 2], data })).data);
  } finally {
    await runtime.close();
  }
}

const reloads: FaultCase = {
  name: 'versions are reloaded under 32 connections: good, corrupted and slow ones by turns',
  async run(bench: Bench) {
    const place = newPlace(bench);
    const publisher = place.open(patient);
    const store = openStore(place.uri, s3OptionsFor(bench.proxy.endpoint));
    const expected = new Map<number, readonly number[]>();
    const release = async (onnx: Uint8Array, isCorrupted: boolean): Promise<number> => {
      const { version } = await publisher.publish({ ...(await tinyDraft({ onnx })), golden: [] });
      if (isCorrupted) {
        const bent = Uint8Array.from(onnx);
        bent[bent.length >> 1]! ^= 1;
        await store.write(`digits/${version}/model.onnx`, bent);
      } else expected.set(version, await scoresOf(onnx, tinyPixels.left));
      await publisher.setLabel({ model: 'digits', label: 'production', version });
      return version;
    };
    await release(tinyModel({ shift: 0 }), false);
    const server = await openServer(bench, place.uri, { GLIMPSE_POLL_INTERVAL_MS: '500' });
    const asking = askAlways(server, 32, new Uint8Array(await tinyPng('left')), '/predict?topK=3');
    const endsAt = performance.now() + bench.seconds * 1_000;
    const released = { good: 1, corrupted: 0, slow: 0 };
    for (let round = 0; performance.now() < endsAt; round += 1) {
      const kind = (['good', 'corrupted', 'slow'] as const)[round % 3]!;
      const onnx = kind === 'slow' ? slowModel(60 + round, 128) : tinyModel({ shift: round % 5 });
      await release(onnx, kind === 'corrupted');
      released[kind] += 1;
      await sleep(2_000);
    }
    const { figures, failures } = await asking.stop();
    await server.stop();
    await store.close();
    await place.close();
    const wrong = [...asking.answers].filter(
      ([version, body]) => !isAnswer(body, expected.get(version)),
    );
    return {
      held: failures.length === 0 && wrong.length === 0 && asking.versions.size > 1,
      figures: `${figures}; released ${released.good} good, ${released.corrupted} corrupted, ${released.slow} slow ones; ${asking.versions.size} versions answered, ${wrong.length} of them not as they should${failures.length === 0 ? '' : `; WRONG: ${failures.slice(0, 2).join(' | ')}`}`,
    };
  },
};

/** Whether a response has these scores, in the order of the classes. */
function isAnswer(body: unknown, scores: readonly number[] | undefined): boolean {
  if (scores === undefined) return false;
  const { predictions } = body as { predictions: { top: { label: string; score: number }[] }[] };
  return predictions[0]!.top.every(({ label, score }) => {
    const wanted = scores[tinySignature.classes.indexOf(label)];
    return wanted !== undefined && Math.abs(wanted - score) < 1e-3;
  });
}

/** What happens to those who ask. */
export const servingCases: readonly FaultCase[] = [outage, quiet, reloads, images];
