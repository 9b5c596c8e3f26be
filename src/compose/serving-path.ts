import { createCancellation } from '../cancellation.ts';
import type { Config } from '../config.ts';
import { asError } from '../errors.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import { createLoadedVersion } from '../registry/loaded-version.ts';
import type { Manifest } from '../repository/manifest.ts';
import { createPredictor, type Predictor } from '../serving/predictor.ts';
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
    const loaded = createLoadedVersion({
      manifest: manifestOf(version),
      runtime: lent(version),
      batching: {
        maxBatchSize: config.GLIMPSE_MAX_BATCH_SIZE,
        maxQueueDelayMs: 0,
        maxQueueSize: config.GLIMPSE_MAX_QUEUE_SIZE,
      },
    });
    const registry = { lease: async () => loaded.lease() };
    const predictor = createPredictor({ registry, images });
    return {
      async answersTo(sent, signal) {
        const answers: ServedAnswer[] = [];
        for (let from = 0; from < sent.length; from += imagesInRequest) {
          const request = sent.slice(from, from + imagesInRequest);
          answers.push(...(await answer(predictor, version.model, request, signal)));
        }
        return answers;
      },
      close: () => loaded.close(),
    };
  };
}

/** One request with these images, as of a client that takes what it can get. */
async function answer(
  predictor: Predictor,
  model: string,
  images: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<ServedAnswer[]> {
  signal.throwIfAborted();
  const cancellation = createCancellation();
  const leave = (): void => cancellation.cancel(asError(signal.reason));
  signal.addEventListener('abort', leave, { once: true });
  try {
    const { predictions, inputs } = await predictor.predict({
      model,
      instances: images.map((bytes) => ({ kind: 'image', bytes })),
      topK: 1,
      partial: true,
      cancellation,
    });
    return predictions.map((each, at) => {
      if ('error' in each) return { refusal: each.error.code };
      const contrast = inputs[at]?.ink?.contrast;
      return { label: each.label, ...(contrast !== undefined && { contrast }) };
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', leave);
    cancellation.end();
  }
}

/** The runtime of whoever lends it, which stays open when the version is closed. */
function lent({ runtime }: ServedVersion): ServedVersion['runtime'] {
  return {
    place: runtime.place,
    get unhealthyReason() {
      return runtime.unhealthyReason;
    },
    infer: (batch) => runtime.infer(batch),
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
