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

type Entry = {
  -readonly [Field in keyof RecentPrediction]: RecentPrediction[Field];
};

export function createRecentPredictions(capacity: number): RecentPredictions {
  const entries = new Map<string, Entry>();
  return {
    add({ id: call, manifest: { model, version, signature }, images }) {
      if (capacity === 0) return;
      for (const { index, label, score, warnings } of images) {
        if (entries.size >= capacity) {
          const [oldest] = entries.keys();
          entries.delete(oldest!);
        }
        const id = predictionId(call, index);
        const { classes } = signature;
        const answer = { id, model, version, classes, label, score, warnings };
        entries.set(id, { ...answer, disagreements: none, truth: undefined });
      }
    },
    find: (id) => entries.get(id),
    modelOf(id) {
      const name = readPredictionId(id);
      return name && entries.get(predictionId(name.call, name.index))?.model;
    },
    of: (model) => [...entries.values()].filter((entry) => entry.model === model).toReversed(),
    setTruth(id, truth) {
      const entry = entries.get(id);
      if (entry) entry.truth = truth;
    },
    addDisagreement(id, disagreement) {
      const entry = entries.get(id);
      if (entry) entry.disagreements = [...entry.disagreements, disagreement];
    },
  };
}

/** Shared by the many entries without any. */
const none: readonly Disagreement[] = [];
