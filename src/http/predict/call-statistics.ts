import type { PredictRequest, PredictResult } from '../../serving/predictor.ts';
import type { Stages } from './prediction-evidence.ts';

/** How often something was done, and how long all of it took, as Triton writes it. */
export interface Duration {
  readonly count: number;
  readonly ns: number;
}

/** What a version did since the process was started, as Triton writes it. */
export interface VersionStatistics {
  readonly name: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly last_inference: number;
  /** Images. */
  readonly inference_count: number;
  /** Batches. */
  readonly execution_count: number;
  readonly inference_stats: Readonly<Record<string, Duration>>;
  readonly batch_stats: readonly (Readonly<Record<string, Duration>> | { batch_size: number })[];
}

/** Sums of one kind of work. */
class Sum {
  count = 0;
  ms = 0;

  add(count: number, ms: number): void {
    this.count += count;
    this.ms += ms;
  }

  /** Shares of batches add up to whole ones but for rounding. */
  written(): Duration {
    return { count: Math.round(this.count), ns: Math.round(this.ms * 1e6) };
  }
}

class Counted {
  lastInference = 0;
  images = 0;
  readonly success = new Sum();
  readonly fail = new Sum();
  readonly queue = new Sum();
  readonly input = new Sum();
  readonly infer = new Sum();
  readonly output = new Sum();
  /** Runs of the model by their size. */
  readonly batches = new Map<number, Sum>();
}

/** Counts calls for predictions by the version that answered them. Versions are as many as are published. */
export class CallStatistics {
  readonly #versions = new Map<string, Map<number, Counted>>();
  readonly #lastOf = new Map<string, number>();

  /** A call was answered, after so long. */
  answered(
    { model, version, predictions, evidence }: PredictResult,
    stages: Stages,
    encodeMs: number,
    ms: number,
  ): void {
    const counted = this.#of(model, version);
    this.#lastOf.set(model, version);
    const { queue, decode, infer } = stages;
    counted.lastInference = Date.now();
    counted.images += predictions.length;
    counted.success.add(1, ms);
    counted.queue.add(1, queue);
    counted.input.add(1, decode);
    counted.infer.add(1, infer);
    counted.output.add(1, encodeMs);
    const { batches } = evidence;
    for (const { size, items } of batches) {
      let sum = counted.batches.get(size);
      if (!sum) counted.batches.set(size, (sum = new Sum()));
      // Whoever had half of a batch counts half of it.
      const share = items / size;
      sum.add(share, (infer / batches.length) * share);
    }
  }

  /** A call failed after so long: of the version it named, else of the one that answered last. */
  failed({ model, selector }: Pick<PredictRequest, 'model' | 'selector'>, ms: number): void {
    const named = selector && 'version' in selector ? selector.version : this.#lastOf.get(model);
    if (named === undefined) return;
    // What never answered may not be there at all, and names that callers make up are not remembered.
    this.#versions.get(model)?.get(named)?.fail.add(1, ms);
  }

  /** Those of these versions of a model; one that answered nothing yet has zeros. */
  of(model: string, versions: readonly number[]): VersionStatistics[] {
    const known = this.#versions.get(model);
    return versions.map((version) => written(model, version, known?.get(version) ?? new Counted()));
  }

  #of(model: string, version: number): Counted {
    let versions = this.#versions.get(model);
    if (!versions) this.#versions.set(model, (versions = new Map()));
    let counted = versions.get(version);
    if (!counted) versions.set(version, (counted = new Counted()));
    return counted;
  }
}

const nothing: Duration = { count: 0, ns: 0 };

function written(name: string, version: number, counted: Counted): VersionStatistics {
  const { success, fail, queue, input, infer, output, batches } = counted;
  const sizes = [...batches].toSorted(([one], [other]) => one - other);
  return {
    name,
    version: String(version),
    last_inference: counted.lastInference,
    inference_count: counted.images,
    execution_count: Math.round(sizes.reduce((count, [, sum]) => count + sum.count, 0)),
    inference_stats: {
      success: success.written(),
      fail: fail.written(),
      queue: queue.written(),
      compute_input: input.written(),
      compute_infer: infer.written(),
      compute_output: output.written(),
      cache_hit: nothing,
      cache_miss: nothing,
    },
    batch_stats: sizes.map(([size, sum]) => ({
      batch_size: size,
      compute_input: nothing,
      compute_infer: sum.written(),
      compute_output: nothing,
    })),
  };
}
