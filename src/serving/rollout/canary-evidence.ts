import type { RunningCanary } from '../../registry/documents/model-traffic.ts';
import type { Registry } from '../../registry/registry.ts';
import { judgeCanary, minRequestsOf } from './judge-canary.ts';
import type { CanaryFigures, RolloutFigures } from './version-figures.ts';

/** What a canary that runs is judged by, and what would be said of it now. */
export interface CanaryEvidence extends CanaryFigures {
  readonly verdict: 'waiting' | 'good' | 'worse';
  /** Why it is worse. */
  readonly why?: string;
  readonly minRequests: number;
}

/** Of the canary of a model, as this server has seen it; undefined where none runs. */
export function canaryEvidenceOf(
  traffic: Pick<Registry['traffic'], 'canaries'>,
  figures: Pick<RolloutFigures, 'of'>,
): (model: string) => CanaryEvidence | undefined {
  return (model) => {
    const running = traffic.canaries().find((canary) => canary.model === model);
    return running && evidenceOf(running, figures.of(model, running.canary));
  };
}

function evidenceOf({ plan }: RunningCanary, seen: CanaryFigures): CanaryEvidence {
  return { ...judgeCanary(plan, seen), ...seen, minRequests: minRequestsOf(plan) };
}
