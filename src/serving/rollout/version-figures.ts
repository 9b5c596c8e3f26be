import { errors, isGlimpseError } from '../../errors.ts';
import type { Route } from '../../registry/traffic-route.ts';

/** How one version did for the callers that it answered. */
export interface VersionFigures {
  readonly requests: number;
  /** Requests that failed by a fault of ours. */
  readonly errors: number;
  readonly images: number;
  /** Predictions that carried a warning. */
  readonly warned: number;
  /** What nineteen of twenty requests took at most, of the last thousand; undefined before the first answer. */
  readonly p95Ms: number | undefined;
}

/** What a canary is judged by on this server. */
export interface CanaryFigures {
  readonly present: VersionFigures;
  readonly canary: VersionFigures;
  /** Predictions of both for the same images. */
  readonly compared: number;
  readonly agreed: number;
}

/** The end of one request that a version answered. */
export interface Outcome {
  readonly version: number;
  readonly ms: number;
  readonly images: number;
  readonly warned: number;
  /** What it failed with, if it did. */
  readonly error?: unknown;
}

/**
 * The figures of running canaries, one for each model. Those of the canary begin anew with each step, those of the
 * present version with each canary.
 */
export interface RolloutFigures {
  observe(model: string, canary: RunningCanary, outcome: Outcome): void;
  compare(model: string, canary: RunningCanary, compared: number, agreed: number): void;
  of(model: string, canary: RunningCanary): CanaryFigures;
  /** Forgets those of all other models. */
  keepOnly(models: ReadonlySet<string>): void;
}

export type RunningCanary = NonNullable<Route['traffic']['canary']>;

const maxLatencies = 1_000;

/** Figures that nobody has added to yet. */
export function createRolloutFigures(): RolloutFigures {
  const models = new Map<string, ModelFigures>();
  const figuresOf = (model: string, canary: RunningCanary): ModelFigures => {
    const known = models.get(model);
    const step = `${canary.version} ${canary.step} ${canary.since}`;
    if (known?.step === step) return known;
    const isSame = known?.version === canary.version && known.presentVersion === canary.present;
    const fresh: ModelFigures = {
      step,
      version: canary.version,
      presentVersion: canary.present,
      present: isSame && canary.step > 0 ? known.present : new Counted(),
      canary: new Counted(),
      compared: 0,
      agreed: 0,
    };
    models.set(model, fresh);
    return fresh;
  };
  return {
    observe(model, canary, outcome) {
      const figures = figuresOf(model, canary);
      if (outcome.version === canary.version) figures.canary.add(outcome);
      else if (outcome.version === canary.present) figures.present.add(outcome);
    },
    compare(model, canary, compared, agreed) {
      const figures = figuresOf(model, canary);
      figures.compared += compared;
      figures.agreed += agreed;
    },
    of(model, canary) {
      const { present, canary: own, compared, agreed } = figuresOf(model, canary);
      return { present: present.figures(), canary: own.figures(), compared, agreed };
    },
    keepOnly(kept) {
      for (const model of models.keys()) if (!kept.has(model)) models.delete(model);
    },
  };
}

interface ModelFigures {
  readonly step: string;
  readonly version: number;
  readonly presentVersion: number;
  readonly present: Counted;
  readonly canary: Counted;
  compared: number;
  agreed: number;
}

class Counted {
  #requests = 0;
  #errors = 0;
  #images = 0;
  #warned = 0;
  /** The last ones, in no order. */
  readonly #latencies: number[] = [];

  add({ ms, images, warned, error }: Outcome): void {
    if (error !== undefined && !isOurFault(error)) return;
    this.#requests += 1;
    if (error !== undefined) {
      this.#errors += 1;
      return;
    }
    this.#images += images;
    this.#warned += warned;
    this.#latencies[(this.#requests - 1) % maxLatencies] = ms;
  }

  figures(): VersionFigures {
    const sorted = Object.values(this.#latencies).sort((a, b) => a - b);
    return {
      requests: this.#requests,
      errors: this.#errors,
      images: this.#images,
      warned: this.#warned,
      p95Ms: sorted[Math.ceil(sorted.length * 0.95) - 1],
    };
  }
}

/** Whether a request failed by what a version is, as opposed to: what was sent, who left, how much there was to do. */
export function isOurFault(error: unknown): boolean {
  if (!isGlimpseError(error)) return true;
  return error.statusCode >= 500 && !(error instanceof errors.GLIMPSE_DRAINING);
}
