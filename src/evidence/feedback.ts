import { createLimiter } from '../concurrency.ts';
import { errors, withDetails } from '../errors.ts';
import { sniffFormat } from '../image/sniff-format.ts';
import type { ArtifactStore } from '../repository/stores/artifact-store.ts';
import type { LiveAccuracy } from './live-accuracy.ts';
import { readLabel, writeLabel } from './log/labelled.ts';
import type { PredictionLog } from './log/prediction-log.ts';
import { findLine, readImage } from './log/read-log.ts';
import { predictionId, readPredictionId, type PredictionName } from './prediction-id.ts';
import type { RecentPredictions } from './recent-predictions.ts';

/** Somebody says what an image really was. */
export interface FeedbackRequest {
  readonly id: string;
  readonly class: string;
  /** Whose prediction it is: where the log is looked through, and what it must be of. */
  readonly model: string;
}

export interface GivenFeedback {
  readonly id: string;
  readonly model: string;
  readonly version: number;
  readonly predicted: string;
  readonly class: string;
  /** What it was called before, if somebody had said so. */
  readonly before: string | undefined;
  /** Where it is kept: with its image, so that it can be learnt from; alone; or in the memory of this process only. */
  readonly stored: 'image' | 'label' | 'no';
}

/** True classes of predictions. */
export interface Feedback {
  /**
   * Attaches a class to a prediction; again the same changes nothing, another one takes its place. Rejects with
   * GLIMPSE_PREDICTION_NOT_FOUND, GLIMPSE_CLASS_NOT_FOUND, or GLIMPSE_STORE_UNAVAILABLE when it could not be stored.
   */
  give(request: FeedbackRequest): Promise<GivenFeedback>;
  /** The image of a prediction. GLIMPSE_NO_PREDICTION_LOG, GLIMPSE_PREDICTION_IMAGE_NOT_FOUND. */
  image(model: string, id: string): Promise<{ readonly bytes: Buffer; readonly type: string }>;
}

export interface FeedbackOptions {
  readonly recent: RecentPredictions;
  readonly accuracy: LiveAccuracy;
  /** Where predictions are logged, if they are. */
  readonly logged?: { readonly store: ArtifactStore; readonly log: PredictionLog } | undefined;
  /** All that a version answers; undefined when it is not known. */
  classesOf(model: string, version: number): Promise<readonly string[] | undefined>;
}

/** So many calls may wait for the store: labels come from people, and a flood of them is none. */
const MAX_WAITING = 64;
const MAX_CLASSES_IN_DETAILS = 20;

interface FoundPrediction {
  readonly version: number;
  readonly predicted: string;
  readonly classes: readonly string[];
  readonly truth: string | undefined;
}

export function createFeedback(options: FeedbackOptions): Feedback {
  const { recent, accuracy, logged } = options;
  // One after the other, so that of two about the same prediction the second knows of the first.
  const limiter = createLimiter({
    concurrency: 1,
    queue: { size: MAX_WAITING, full: () => new errors.GLIMPSE_RATE_LIMITED('labels at once') },
  });
  const give = async ({ model, class: truth, ...request }: FeedbackRequest) => {
    const name = nameOf(request.id);
    const id = predictionId(name.call, name.index);
    const { version, predicted, classes, ...found } = await find(options, model, id, name);
    if (!classes.includes(truth)) throw classNotFound(model, version, truth, classes);
    const before =
      found.truth ?? (logged && (await readLabel(logged.store, model, id))?.class) ?? undefined;
    const image = logged && (await imageOf(logged, model, name));
    const label = { id, model, version, predicted, class: truth };
    if (logged) {
      const said = {
        ...label,
        labelledAt: new Date().toISOString(),
        hasImage: image !== undefined,
      };
      await writeLabel(logged.store, said, image);
    }
    recent.setTruth(id, truth);
    accuracy.count({ model, version, predicted, truth }, before);
    const stored: GivenFeedback['stored'] = !logged ? 'no' : image ? 'image' : 'label';
    return { ...label, before, stored };
  };
  return {
    give: (request) => limiter.run(() => give(request)),
    image: (model, id) =>
      limiter.run(async () => {
        const found = logged && (await imageOf(logged, model, nameOf(id)));
        if (!logged) throw new errors.GLIMPSE_NO_PREDICTION_LOG();
        if (!found) throw new errors.GLIMPSE_PREDICTION_IMAGE_NOT_FOUND(id);
        return { bytes: Buffer.from(found), type: `image/${sniffFormat(found)}` };
      }),
  };
}

function nameOf(id: string): PredictionName {
  const name = readPredictionId(id);
  if (name) return name;
  throw new errors.GLIMPSE_PREDICTION_NOT_FOUND(id.slice(0, 64));
}

/** The prediction that is remembered, else the one that is logged. */
async function find(
  { recent, logged, ...options }: FeedbackOptions,
  model: string,
  id: string,
  name: PredictionName,
): Promise<FoundPrediction> {
  const remembered = recent.find(id);
  if (remembered && remembered.model === model) {
    const { version, label: predicted, classes, truth } = remembered;
    return { version, predicted, classes, truth };
  }
  const line = remembered || !logged ? undefined : await findLine(logged.store, model, name);
  const classes = line && (await options.classesOf(model, line.version));
  if (!classes || line?.class === undefined) throw new errors.GLIMPSE_PREDICTION_NOT_FOUND(id);
  return { version: line.version, predicted: line.class, classes, truth: undefined };
}

/** What was logged a moment ago is written first; anything else is not, or each label would make an object of a few lines. */
async function imageOf(
  { store, log }: NonNullable<FeedbackOptions['logged']>,
  model: string,
  name: PredictionName,
): Promise<Uint8Array | undefined> {
  if (log.holds(predictionId(name.call, name.index))) await log.flush();
  const line = await findLine(store, model, name);
  return line && (await readImage(store, line));
}

function classNotFound(
  model: string,
  version: number,
  truth: string,
  classes: readonly string[],
): Error {
  const error = new errors.GLIMPSE_CLASS_NOT_FOUND(version, model, truth.slice(0, 200));
  return withDetails(error, { classes: classes.slice(0, MAX_CLASSES_IN_DETAILS) });
}
