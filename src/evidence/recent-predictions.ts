import type { Manifest } from '../repository/manifest.ts';
import { predictionId, readPredictionId } from './prediction-id.ts';
import type { PredictedCall } from './predicted-call.ts';

/** What is remembered of a prediction: nothing of its image, and nothing of who asked. */
export interface RecentPrediction {
  readonly id: string;
  readonly model: string;
  readonly version: number;
  /** All that the version can answer. */
  readonly classes: readonly string[];
  readonly label: string;
  readonly score: number;
  readonly warnings: readonly string[];
  /** Other versions that were asked about the same image and answered otherwise. */
  readonly disagreements: readonly Disagreement[];
  /** The true class, once somebody has said it. */
  readonly truth: string | undefined;
}

export interface Disagreement {
  readonly version: number;
  readonly label: string;
}

/** The last predictions of this process, at most so many; the oldest give way. */
export interface RecentPredictions {
  add(call: PredictedCall): void;
  find(id: string): RecentPrediction | undefined;
  /** The model of a prediction, by any form of its id. */
  modelOf(id: string): string | undefined;
  /** Those of a model, newest first. */
  of(model: string): RecentPrediction[];
  /** Notes the true class, where the prediction is remembered. */
  setTruth(id: string, truth: string): void;
  /** Notes that another version answered otherwise, where the prediction is remembered. */
  addDisagreement(id: string, disagreement: Disagreement): void;
}

interface Entry extends Pick<RecentPrediction, 'label' | 'score' | 'warnings'> {
  readonly call: string;
  readonly index: number;
  readonly manifest: Manifest;
  disagreements: readonly Disagreement[];
  truth: string | undefined;
}

/**
 * A ring. To remember is done for every prediction, to find for the few that somebody labels: a map would cost each
 * prediction several microseconds, and a walk over ten thousand costs a label fifty.
 */
export function createRecentPredictions(capacity: number): RecentPredictions {
  const ring: Entry[] = [];
  let next = 0;
  const find = (id: string): Entry | undefined => {
    const name = readPredictionId(id);
    return name && ring.find(({ call, index }) => index === name.index && call === name.call);
  };
  return {
    add({ id: call, manifest, images }) {
      if (capacity === 0) return;
      for (const { index, label, score, warnings } of images) {
        ring[next] = {
          call,
          index,
          manifest,
          label,
          score,
          warnings,
          disagreements: none,
          truth: undefined,
        };
        next = (next + 1) % capacity;
      }
    },
    find(id) {
      const entry = find(id);
      return entry && describe(entry);
    },
    modelOf: (id) => find(id)?.manifest.model,
    of: (model) =>
      [...ring.slice(next), ...ring.slice(0, next)]
        .filter(({ manifest }) => manifest.model === model)
        .toReversed()
        .map(describe),
    setTruth(id, truth) {
      const entry = find(id);
      if (entry) entry.truth = truth;
    },
    addDisagreement(id, disagreement) {
      const entry = find(id);
      if (entry) entry.disagreements = [...entry.disagreements, disagreement];
    },
  };
}

/** Shared by the many entries without any. */
const none: readonly Disagreement[] = [];

function describe({ call, index, manifest, ...answer }: Entry): RecentPrediction {
  const { model, version, signature } = manifest;
  return { id: predictionId(call, index), model, version, classes: signature.classes, ...answer };
}
