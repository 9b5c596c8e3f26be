import type { Account } from '../account.ts';
import { throwIfCancelled, type Cancellation } from '../cancellation.ts';
import { errors, isGlimpseError, notify } from '../errors.ts';
import type { PredictedCall } from '../evidence/predicted-call.ts';
import { newCallId } from '../evidence/prediction-id.ts';
import { createVersionDigests } from '../evidence/version-digests.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import { marksOf, type ProvenanceMark } from '../image/provenance.ts';
import type { PreparedExample } from '../image/prepare-pixels.ts';
import type { Lease } from '../registry/loaded-version.ts';
import type { StickyValue } from '../registry/traffic-route.ts';
import type { Registry, Selector } from '../registry/registry.ts';
import type { Signature } from '../signature.ts';
import { explainable, explained, type Explainers, type Explanation } from './explain.ts';
import { failureOf, type FailedPrediction, type Prediction } from './prediction.ts';
import { prepareInstances, tensorBytes } from './prepare-instances.ts';
import type { Instance, Prepared } from './prepare-instances.ts';
import { isReading, readInstances } from './read-instances.ts';
import { readingsOf, type Reading } from './reading.ts';
import { heardBeside, predictionSet, topK } from './top-k.ts';
import { warningsOf } from './warnings.ts';

export type { FailedPrediction, Prediction } from './prediction.ts';

export interface PredictRequest {
  readonly model: string;
  /** Without it the model decides: its label `production`, else its highest READY version. */
  readonly selector?: Selector | undefined;
  /** What its caller is known by, where the traffic of the model is split; without it traffic rules do not hold. */
  readonly sticky?: StickyValue | undefined;
  readonly instances: readonly Instance[];
  /** How many classes to name for each instance; more than the model has means all. */
  readonly topK: number;
  /**
   * line: every digit of each picture is predicted, and `readings` says what the pictures say. contract: so where the contract of the
   * version says it. Unless given, one digit of each, whatever it says.
   */
  readonly read?: 'line' | 'contract' | undefined;
  /** With `read` and `explain`: is told how many examples the request runs; what it throws ends the request. */
  readonly onExamples?: ((count: number) => void) | undefined;
  /** true: a bad instance, or one that gets no finite scores, has an error of its own and refuses nothing. */
  readonly partial: boolean;
  /** true: a damaged image is a bad instance; else its prediction has the warning `damaged`. */
  readonly strict?: boolean | undefined;
  /** true: each prediction has the set of classes that cannot be excluded; GLIMPSE_NO_SETS where a version has none. */
  readonly sets?: boolean | undefined;
  /** input: each prediction has what the model was given for it; an instance that is no image file is a bad one. */
  readonly explain?: Explanation | undefined;
  /** Is told what answers, before anything is prepared or run; what it throws ends the request. */
  readonly onSignature?: ((signature: Signature) => void) | undefined;
  /** Its deadline, and how it ends when its caller leaves; a request that fails cancels what still works for it. */
  readonly cancellation: Cancellation;
  /** Who pays for it; callers with accounts of their own take turns. */
  readonly account?: Account | undefined;
  /** true: the result has the outputs of the model, too. */
  readonly withOutputs?: boolean | undefined;
  /** true: `onPredicted` is not told of it, because it answers no caller (a shadow, a replay). */
  readonly isUnobserved?: boolean;
}

export interface PredictResult {
  readonly model: string;
  readonly version: number;
  /** One for each instance, in the same order; with `read` one for each digit, or picture that failed. */
  readonly predictions: readonly (Prediction | FailedPrediction)[];
  /** What was found out about each instance on the way; undefined for one that is no input of the model. */
  readonly inputs: readonly (InputFacts | undefined)[];
  /** With `read`: what each picture says, in order. */
  readonly readings?: readonly (Reading | FailedPrediction)[] | undefined;
  readonly timings: PredictTimings;
  readonly evidence: Evidence;
  /** Where they were asked for. */
  readonly outputs?: ModelOutputs | undefined;
}

/** What the model gave for each instance, undefined for one that is no input of it; and by what that is to be read. */
export interface ModelOutputs {
  readonly signature: Signature;
  readonly rows: readonly (Float32Array | undefined)[];
}

/** An instance after preprocessing, without what the model takes. */
export interface InputFacts extends Omit<PreparedExample, 'example'> {
  /** Those of its provenance. */
  readonly marks: readonly ProvenanceMark[];
}

/** By what a prediction can be named, traced and checked afterwards. */
export interface Evidence {
  /** Of the call; that of an image is `predictionId(id, index)`. */
  readonly id: string;
  readonly modelDigest: string;
  readonly preprocessingDigest: string;
  /** Those that held the usable images of the request, in order. */
  readonly batches: Awaited<ReturnType<Lease['submit']>>['batches'];
}

export interface PredictTimings {
  readonly decodeMs: number;
  readonly queueMs: number;
  readonly inferMs: number;
}

/** The predict story: lease a version, prepare its inputs, submit them, rank what comes back. */
export interface Predictor {
  /**
   * Rejects at once, in whatever stage the request is, with GLIMPSE_DEADLINE_EXCEEDED when its deadline
   * passes and GLIMPSE_CLIENT_CLOSED when the caller leaves; the lease is given back in any case.
   */
  predict(request: PredictRequest): Promise<PredictResult>;
}

export interface PredictorOptions extends Explainers {
  readonly registry: Pick<Registry, 'lease'>;
  readonly images: Pick<ImagePreparer, 'prepareWithInk' | 'readPage'>;
  /** Is told of every call that was answered; what it throws changes no answer. */
  readonly onPredicted?: (call: PredictedCall) => void;
}

export function createPredictor(options: PredictorOptions): Predictor {
  const { registry, images, onPredicted } = options;
  const digestsOf = createVersionDigests();
  return {
    async predict(request) {
      const { cancellation, partial, strict = false, account, onExamples } = request;
      throwIfCancelled(cancellation);
      const leasing = registry.lease(request.model, request.selector);
      const lease = await cancellation.race(leasing, (late) => late.release());
      try {
        const { model, version, manifest } = lease;
        checkAsked(request, manifest);
        account?.keepMore(tensorBytes(manifest.signature, request.instances.length));
        const startedAt = performance.now();
        const preparing = { images, partial, strict, cancellation, account };
        const instances = explainable(request.instances, request);
        const read = isReading(request, manifest)
          ? await readInstances(instances, manifest, { ...preparing, onExamples })
          : undefined;
        const ready = read?.prepared ?? prepareInstances(instances, manifest, preparing);
        const prepared = ready instanceof Promise ? await cancellation.race(ready) : ready;
        const decodeMs = performance.now() - startedAt;
        const examples = prepared.filter((each) => 'example' in each);
        const { outputs, queueMs, inferMs, batches } = await cancellation.race(
          lease.submit(
            examples.map(({ example }) => example),
            { signal: cancellation, deadline: cancellation.deadline, account },
          ),
        );
        const ranked = outputs.map((output, index) =>
          rank(output, examples[index]!, manifest, request),
        );
        const answered = inRequestOrder(prepared, ranked);
        const told = request.explain && explained(answered, prepared, lease, request, options);
        const predictions = told instanceof Promise ? await cancellation.race(told) : answered;
        const inputs = prepared.map((each) => ('example' in each ? factsOf(each) : undefined));
        const [id, digests] = [newCallId(), digestsOf(manifest)];
        if (onPredicted && !request.isUnobserved) {
          const facts = predictedImages(read ? [] : request.instances, predictions, inputs);
          notify(() => onPredicted({ id, manifest, digests, images: facts }));
        }
        const { model: modelDigest, preprocessing: preprocessingDigest } = digests;
        return {
          model,
          version,
          predictions,
          inputs,
          readings: read && readingsOf(read, predictions),
          timings: { decodeMs, queueMs, inferMs },
          evidence: { id, modelDigest, preprocessingDigest, batches },
          outputs: request.withOutputs
            ? { signature: manifest.signature, rows: rowsOf(prepared, outputs) }
            : undefined,
        };
      } finally {
        lease.release();
      }
    },
  };
}

/** Refuses what the version that answers does not have: GLIMPSE_NO_SETS, or what the caller throws. */
function checkAsked({ sets, onSignature }: PredictRequest, manifest: Lease['manifest']): void {
  const { signature, gate, version, model } = manifest;
  onSignature?.(signature);
  if (sets && !gate?.sets) throw new errors.GLIMPSE_NO_SETS(version, model);
}

/** Not the example itself: a result may be kept for longer than its memory is paid for. */
function factsOf({ ink, provenance, brightness }: PreparedExample): InputFacts {
  return { ink, provenance, brightness, marks: marksOf(provenance) };
}

/** Of a call, what there is to tell of each image that got a prediction. */
function predictedImages(
  instances: readonly Instance[],
  predictions: readonly (Prediction | FailedPrediction)[],
  inputs: readonly (InputFacts | undefined)[],
): PredictedCall['images'] {
  return predictions.flatMap((prediction, index) => {
    const [instance, input] = [instances[index], inputs[index]];
    if ('error' in prediction || !input) return [];
    const { label, score, warnings = [] } = prediction;
    const { provenance, marks, brightness, ink } = input;
    const file = instance?.kind === 'image' ? instance.bytes : undefined;
    const contrast = ink?.contrast;
    return { index, label, score, warnings, provenance, marks, brightness, contrast, file };
  });
}

/** The prediction of one output. With `partial`, scores that are not finite fail their own instance only. */
function rank(
  raw: Float32Array,
  prepared: PreparedExample,
  { signature, gate }: Lease['manifest'],
  { topK: count, partial, sets }: PredictRequest,
): Prediction | FailedPrediction {
  try {
    const output = heardBeside(raw, prepared, signature);
    const top = topK(output, signature, Math.max(1, count));
    const { label, score } = top[0]!;
    const warnings = warningsOf(prepared, score, gate);
    const answer = warnings.length > 0 ? { label, score, top, warnings } : { label, score, top };
    if (!sets || !gate?.sets) return answer;
    return { ...answer, set: predictionSet(output, signature, gate.sets.minScore) };
  } catch (error) {
    if (partial && isGlimpseError(error)) return failureOf(error);
    throw error;
  }
}

/** Merges predictions and failures in the order of the instances. */
function inRequestOrder(
  prepared: readonly Prepared[],
  predictions: readonly (Prediction | FailedPrediction)[],
): (Prediction | FailedPrediction)[] {
  let next = 0;
  return prepared.map((each) => {
    if (!('example' in each)) return failureOf(each);
    next += 1;
    return predictions[next - 1]!;
  });
}

function rowsOf(
  prepared: readonly Prepared[],
  outputs: readonly Float32Array[],
): ModelOutputs['rows'] {
  let next = 0;
  return prepared.map((each) => ('example' in each ? outputs[next++] : undefined));
}
