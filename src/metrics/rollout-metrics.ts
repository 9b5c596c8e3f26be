import { Counter, Histogram, type Registry } from 'prom-client';
import { secondsBuckets } from './http-metrics.ts';

/** What became of an image that was shown to a version that answers nobody. */
export const shadowOutcomes = ['agreed', 'disagreed', 'failed', 'dropped'] as const;
export type ShadowOutcome = (typeof shadowOutcomes)[number];

export interface RolloutMetrics {
  countShadow(model: string, version: number, outcome: ShadowOutcome, images: number): void;
  /** How much less the shadow believes what was answered; of one image. */
  observeShadowDifference(model: string, version: number, difference: number): void;
  observeShadowSeconds(model: string, version: number, seconds: number): void;
  /** A canary went a step, or ended; done by this server. */
  countCanary(model: string, state: string): void;
  /** Drops the series of an unloaded version. */
  forgetShadow(model: string, version: number): void;
}

export function createRolloutMetrics(
  register: Registry,
  boundModel: (model: string) => string,
): RolloutMetrics {
  const registers = [register];
  const images = new Counter({
    name: 'glimpse_shadow_images_total',
    help: 'Images shown to a version beside the one that answered, by outcome: agreed, disagreed, failed (one of the two), dropped (no room).',
    labelNames: ['model', 'version', 'outcome'],
    registers,
  });
  const differences = new Histogram({
    name: 'glimpse_shadow_score_difference',
    help: 'Score of the answered class, less the score that the shadow gives it.',
    labelNames: ['model', 'version'],
    buckets: [-0.5, -0.2, -0.1, -0.05, -0.01, 0.01, 0.05, 0.1, 0.2, 0.5],
    registers,
  });
  const seconds = new Histogram({
    name: 'glimpse_shadow_seconds',
    help: 'Time from an answer until its shadow was compared, or dropped.',
    labelNames: ['model', 'version'],
    buckets: secondsBuckets,
    registers,
  });
  const canaries = new Counter({
    name: 'glimpse_canary_moves_total',
    help: 'Steps and ends of canaries, made by this server: running (a step), promoted, rolled-back, ended.',
    labelNames: ['model', 'state'],
    registers,
  });
  const of = (model: string, version: number) => ({
    model: boundModel(model),
    version: String(version),
  });
  return {
    countShadow(model, version, outcome, count) {
      if (count > 0) images.inc({ ...of(model, version), outcome }, count);
    },
    observeShadowDifference: (model, version, difference) =>
      differences.observe(of(model, version), difference),
    observeShadowSeconds: (model, version, took) => seconds.observe(of(model, version), took),
    countCanary: (model, state) => canaries.inc({ model: boundModel(model), state }),
    forgetShadow(model, version) {
      for (const outcome of shadowOutcomes) images.remove({ ...of(model, version), outcome });
      differences.remove(of(model, version));
      seconds.remove(of(model, version));
    },
  };
}
