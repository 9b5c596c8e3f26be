import { createCancellation } from '../cancellation.ts';
import type { Config } from '../config.ts';
import { asError, errors } from '../errors.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import { createLoadedVersion } from '../registry/loaded-version.ts';
import type { Manifest } from '../repository/manifest.ts';
import {
  createPredictor,
  type Predictor,
  type PredictRequest,
  type PredictResult,
} from '../serving/predictor.ts';
import type { Instance } from '../serving/prepare-instances.ts';
import type { StreamedInput } from '../datasets/streaming/input.ts';
import { createVersionDigests } from '../evidence/version-digests.ts';
import type { BatchAnswer, OpenBatchPredictor } from '../jobs/predicting/batch-predictor.ts';
import type {
  OpenServingPath,
  ServedAnswer,
  ServedVersion,
} from '../training/measuring/serving-path.ts';

/** Images in one request: a few at a time share a batch, and no queue of decoders overflows by them. */
const MOST_IMAGES_IN_REQUEST = 8;

type ServingLimits = Pick<
  Config,
  'GLIMPSE_DECODE_QUEUE_SIZE' | 'GLIMPSE_MAX_BATCH_SIZE' | 'GLIMPSE_MAX_QUEUE_SIZE'
>;

/**
 * The predictor of the server over a version that is not in its registry: decode, canonicalise, normalise, batch,
 * run, rank, by the very parts and limits that POST /predict has.
 */
export function bindServingPath(config: ServingLimits, images: ImagePreparer): OpenServingPath {
  const imagesInRequest = Math.min(MOST_IMAGES_IN_REQUEST, config.GLIMPSE_DECODE_QUEUE_SIZE);
  return (version) => {
    const { predictor, close } = predictorOver(
      manifestOf(version),
      version.runtime,
      config,
      images,
    );
    return {
      async answersTo(sent, signal) {
        const answers: ServedAnswer[] = [];
        for (let from = 0; from < sent.length; from += imagesInRequest) {
          const request = sent.slice(from, from + imagesInRequest);
          answers.push(...(await answer(predictor, version.model, request, signal)));
        }
        return answers;
      },
      close,
    };
  };
}

/** Calls at a time: while one is in the model, others are decoded. */
const CALLS_AT_ONCE = 3;
/** Images in one call, where the queues have room for all of them. */
const MOST_IMAGES_IN_CALL = 64;

/** The same predictor for the images of a batch prediction, a few calls at a time. */
export function bindBatchPredictor(
  config: ServingLimits,
  images: ImagePreparer,
): OpenBatchPredictor {
  const room = Math.min(config.GLIMPSE_DECODE_QUEUE_SIZE, config.GLIMPSE_MAX_QUEUE_SIZE);
  const callsAtOnce = Math.min(CALLS_AT_ONCE, room);
  const inputsInCall = Math.min(MOST_IMAGES_IN_CALL, Math.floor(room / callsAtOnce));
  const digestsOf = createVersionDigests();
  return (manifest, runtime) => {
    const { predictor, close } = predictorOver(manifest, runtime, config, images);
    return {
      inputsInCall,
      callsAtOnce,
      digests: digestsOf(manifest),
      async answersTo(inputs, topK, signal) {
        const instances = inputs.map(instanceOf);
        const request = { model: manifest.model, instances, topK, partial: true };
        const { predictions } = await whileWanted(predictor, request, signal);
        return predictions.map((each, at) => answerOf(each, inputs[at]!));
      },
      close,
    };
  };
}

/** What was refused while it was read is refused with the code that it has. */
function instanceOf(input: StreamedInput): Instance {
  if ('image' in input) return { kind: 'image', bytes: input.image };
  if ('pixels' in input) return { kind: 'pixels', values: input.pixels };
  return { kind: 'failed', error: new errors.GLIMPSE_ROW_UNUSABLE(input.problem) };
}

function answerOf(
  prediction: PredictResult['predictions'][number],
  input: StreamedInput,
): BatchAnswer {
  if ('problem' in input) return { error: { code: input.code, message: input.problem } };
  if (!('error' in prediction)) return prediction;
  const { code, message } = prediction.error;
  return { error: { code, message } };
}

/** The predictor of the server over one version, whose runtime is lent. */
function predictorOver(
  manifest: Manifest,
  runtime: ServedVersion['runtime'],
  config: ServingLimits,
  images: ImagePreparer,
) {
  const loaded = createLoadedVersion({
    manifest,
    runtime: lent(runtime),
    batching: {
      maxBatchSize: config.GLIMPSE_MAX_BATCH_SIZE,
      maxQueueDelayMs: 0,
      maxQueueSize: config.GLIMPSE_MAX_QUEUE_SIZE,
    },
  });
  const registry = { lease: async () => loaded.lease() };
  const predictor = createPredictor({ registry, images });
  return { predictor, close: () => loaded.close() };
}

/** One request with these images, as of a client that takes what it can get. */
async function answer(
  predictor: Predictor,
  model: string,
  images: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<ServedAnswer[]> {
  const instances = images.map((bytes) => ({ kind: 'image', bytes }) as const);
  const request = { model, instances, topK: 1, partial: true };
  const { predictions, inputs } = await whileWanted(predictor, request, signal);
  return predictions.map((each, at) => {
    if ('error' in each) return { refusal: each.error.code };
    const contrast = inputs[at]?.ink?.contrast;
    return { label: each.label, ...(contrast !== undefined && { contrast }) };
  });
}

/** A request that ends with the signal. */
async function whileWanted(
  predictor: Predictor,
  request: Omit<PredictRequest, 'cancellation'>,
  signal: AbortSignal,
): Promise<PredictResult> {
  signal.throwIfAborted();
  const cancellation = createCancellation();
  const leave = (): void => cancellation.cancel(asError(signal.reason));
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await predictor.predict({ ...request, cancellation });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', leave);
    cancellation.end();
  }
}

/** The runtime of whoever lends it, which stays open when the version is closed. */
function lent(runtime: ServedVersion['runtime']): ServedVersion['runtime'] {
  return {
    place: runtime.place,
    ...(runtime.placement && { placement: runtime.placement }),
    get unhealthyReason() {
      return runtime.unhealthyReason;
    },
    infer: (batch, isBusy) => runtime.infer(batch, isBusy),
    close: async () => {},
  };
}

/** What the version answers by, with nothing of what only publishing and loading look at. */
function manifestOf({ model, signature, preprocessing, gate }: ServedVersion): Manifest {
  return {
    model,
    signature,
    preprocessing,
    ...(gate && { gate }),
    formatVersion: 1,
    version: 1,
    createdAt: '',
    writerId: '',
    runtime: 'onnx',
    entry: '',
    files: [],
    golden: [],
    lineage: {},
    metrics: {},
  };
}
