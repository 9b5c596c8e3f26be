import { mapInOrder } from '../../concurrency.ts';
import type { OutputPlaces } from '../../datasets/places/output-place.ts';
import type { StreamedInput } from '../../datasets/streaming/input.ts';
import type { DatasetStream, StreamDataset } from '../../datasets/streaming/stream-dataset.ts';
import { rowShapeOf } from '../../preprocessing/row-shape.ts';
import type { Manifest } from '../../repository/manifest.ts';
import { createStopwatch } from '../../stopwatch.ts';
import { openVersion } from '../../training/measuring/open-version.ts';
import type { RunContext } from '../../training/run-context.ts';
import type { BatchPredictor, OpenBatchPredictor } from './batch-predictor.ts';
import { describePredictions, outcomeOf } from './describe-predictions.ts';
import { takeOutput, type OutputFolder } from './output-folder.ts';
import { createPartBuilder } from './part-builder.ts';
import type { Part, PredictEvent, PredictOutcome } from './predict-events.ts';
import type { ResolvedPredictRequest } from './predict-request.ts';

export interface PredictionContext extends Pick<
  RunContext,
  'repository' | 'loadRuntime' | 'trust' | 'uploads' | 'jobDir' | 'signal'
> {
  readonly streamDataset: StreamDataset;
  readonly outputs: OutputPlaces;
  readonly openBatchPredictor: OpenBatchPredictor;
  readonly report: (event: PredictEvent) => void;
}

/**
 * Predicts from every row of a dataset, and writes what was predicted in parts, the manifest last. A place that the
 * same run has begun is gone on with behind its last whole part.
 */
export async function runPrediction(
  request: ResolvedPredictRequest,
  context: PredictionContext,
): Promise<PredictOutcome> {
  const { repository, signal, report } = context;
  const lap = createStopwatch();
  report({ type: 'stage', stage: 'opening' });
  const opened = await repository.open(request.model, request.version, signal);
  const { manifest } = opened;
  const { runtime } = await openVersion(opened, context);
  const predictor = context.openBatchPredictor(manifest, runtime);
  try {
    const store = await context.outputs.open(request.out);
    try {
      const begin = (listing: string) =>
        takeOutput(store, request.out, identityOf(request, predictor, listing), signal);
      const made = await predictInto(begin, { request, manifest, predictor, context });
      return outcomeOf(made.manifest, request.out, lap(), made.notes);
    } finally {
      await store.close();
    }
  } finally {
    await predictor.close();
    await runtime.close();
  }
}

/** What decides which bytes come out: two runs that agree in it can finish each other's work. */
function identityOf(
  { model, version, format, topK, rowsPerPart, dataset }: ResolvedPredictRequest,
  { digests }: BatchPredictor,
  listing: string,
) {
  return { model, version, digests, format, topK, rowsPerPart, dataset, listing };
}

interface Prediction {
  readonly request: ResolvedPredictRequest;
  readonly manifest: Manifest;
  readonly predictor: BatchPredictor;
  readonly context: PredictionContext;
}

async function predictInto(
  begin: (listing: string) => Promise<OutputFolder>,
  prediction: Prediction,
) {
  const { request, manifest, predictor, context } = prediction;
  const { uploads, jobDir: workDir, signal, report } = context;
  const notes: string[] = [];
  const note = (text: string): void => {
    if (notes.includes(text)) return;
    notes.push(text);
    report({ type: 'note', note: text });
  };
  let output: OutputFolder | undefined;
  const stream = await context.streamDataset(request.dataset, {
    uploads,
    workDir,
    shape: rowShapeOf(manifest.preprocessing),
    signal,
    onNote: note,
    async skip(listing) {
      output = await begin(listing);
      return sum(output.finished, 'rows');
    },
  });
  try {
    const folder = output!;
    if (folder.manifest) {
      note('It was finished before.');
      return { manifest: folder.manifest, notes };
    }
    report({ type: 'stage', stage: 'predicting' });
    const parts = await writeParts(stream, folder, prediction);
    const made = describePredictions(request, predictor.digests, { ...stream, notes }, parts);
    await folder.writeManifest(made);
    return { manifest: made, notes };
  } finally {
    await stream.close();
  }
}

/** Most bytes of images in one call. */
const MAX_CALL_BYTES = 16 * 1024 * 1024;
const REPORT_INTERVAL_MS = 1000;

/** All parts, those of earlier attempts first. */
async function writeParts(
  stream: DatasetStream,
  output: OutputFolder,
  { request, predictor, context: { signal, report } }: Prediction,
): Promise<Part[]> {
  const parts = [...output.finished];
  const resumed = sum(parts, 'rows');
  let [rows, errors] = [resumed, sum(parts, 'errors')];
  let part = createPartBuilder(parts.length, rows, request);
  const startedAt = performance.now();
  let reportedAt = startedAt;
  const tell = (): void => {
    reportedAt = performance.now();
    const seconds = Math.max(0.001, (reportedAt - startedAt) / 1000);
    const done = rows + part.rows;
    const progress = {
      rows: done,
      ...(stream.count !== undefined && { total: stream.count }),
      errors: errors + part.errors,
      parts: parts.length,
      resumed,
      rowsPerSecond: Number(((done - resumed) / seconds).toFixed(1)),
    };
    report({ type: 'predicted', progress });
  };
  const finishPart = async (): Promise<void> => {
    const made = await part.finish();
    await output.writePart(made.bytes, made.part);
    parts.push(made.part);
    [rows, errors] = [rows + made.part.rows, errors + made.part.errors];
    part = createPartBuilder(parts.length, rows, request);
    tell();
  };
  const calls = callsOf(stream.inputs, predictor.inputsInCall);
  const answered = mapInOrder(calls, predictor.callsAtOnce, async (inputs) => ({
    inputs,
    answers: await predictor.answersTo(inputs, request.topK, signal),
  }));
  for await (const { inputs, answers } of answered) {
    for (const [at, answer] of answers.entries()) {
      part.add(inputs[at]!, answer);
      if (part.isFull) await finishPart();
    }
    signal.throwIfAborted();
    if (performance.now() - reportedAt >= REPORT_INTERVAL_MS) tell();
  }
  if (part.rows > 0) await finishPart();
  return parts;
}

/** Inputs by so many, or by fewer large ones. */
async function* callsOf(
  inputs: AsyncIterable<StreamedInput>,
  most: number,
): AsyncGenerator<StreamedInput[]> {
  let call: StreamedInput[] = [];
  let bytes = 0;
  for await (const input of inputs) {
    call.push(input);
    bytes += 'image' in input ? input.image.length : 0;
    if (call.length < most && bytes < MAX_CALL_BYTES) continue;
    yield call;
    [call, bytes] = [[], 0];
  }
  if (call.length > 0) yield call;
}

function sum(parts: readonly Part[], what: 'rows' | 'errors'): number {
  return parts.reduce((all, part) => all + part[what], 0);
}
