/** How many labelled predictions of a version were right, of those that were labelled through this process. */
export interface AccuracySample {
  readonly model: string;
  readonly version: number;
  readonly right: number;
  readonly wrong: number;
}

/** So many versions are counted at once; the one that was labelled first gives way. */
const MAX_VERSIONS = 500;

export interface LiveAccuracy {
  /** Counts a label; `before`: what the same prediction was called until now. */
  count(labelled: LabelledPrediction, before: string | undefined): void;
  samples(): AccuracySample[];
}

export interface LabelledPrediction {
  readonly model: string;
  readonly version: number;
  readonly predicted: string;
  readonly truth: string;
}

export function createLiveAccuracy(): LiveAccuracy {
  const versions = new Map<
    string,
    { -readonly [Field in keyof AccuracySample]: AccuracySample[Field] }
  >();
  return {
    count({ model, version, predicted, truth }, before) {
      if (before === truth) return;
      const key = `${model}/${version}`;
      const counts = versions.get(key) ?? { model, version, right: 0, wrong: 0 };
      if (!versions.has(key)) {
        const [oldest] = versions.keys();
        if (versions.size >= MAX_VERSIONS && oldest !== undefined) versions.delete(oldest);
        versions.set(key, counts);
      }
      if (before !== undefined) {
        // What was counted by another process is not here to be taken back.
        const was = before === predicted ? 'right' : 'wrong';
        counts[was] = Math.max(0, counts[was] - 1);
      }
      counts[predicted === truth ? 'right' : 'wrong'] += 1;
    },
    samples: () => [...versions.values()],
  };
}
