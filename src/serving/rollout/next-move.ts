import type { RunningCanary } from '../../registry/documents/model-traffic.ts';
import type { CanaryVerdict } from './judge-canary.ts';

/** What comes next for a canary. */
export interface CanaryStep {
  readonly canary: RunningCanary['canary'];
  /** The label production is to be moved to the canary before. */
  readonly promotes: boolean;
  readonly why: string;
}

/**
 * The next state of a canary; undefined while it stays as it is. Pure. What somebody did to the label production comes
 * first, then what a server has seen; no step begins before the last one is over and was seen to be good.
 */
export function nextMove(
  { plan, canary, production }: Pick<RunningCanary, 'plan' | 'canary' | 'production'>,
  verdict: CanaryVerdict,
  now: Date,
): CanaryStep | undefined {
  const { version, present, step, since } = canary;
  const end = (state: string, why: string, promotes = false): CanaryStep => {
    const ended = { ...canary, state, since: now.toISOString(), why };
    return { canary: ended, promotes, why };
  };
  if (production === version)
    return end('promoted', `The label production is on version ${version}.`);
  if (production !== present) {
    const where = production === undefined ? 'removed' : `moved to version ${production}`;
    return end('ended', `The label production was ${where} meanwhile.`);
  }
  if (verdict.verdict === 'worse') return end('rolled-back', `Version ${version}: ${verdict.why}`);
  // The record lies where people can write: a step beyond the last one is the last one.
  const { bakeSeconds } = plan.steps[Math.min(step, plan.steps.length - 1)]!;
  const isOver = now.getTime() - Date.parse(since) >= bakeSeconds * 1000;
  if (verdict.verdict === 'waiting' || !isOver) return undefined;
  const next = plan.steps[step + 1];
  if (next === undefined) {
    return end('promoted', `Version ${version} has held in all ${plan.steps.length} steps.`, true);
  }
  const why = `Version ${version} has held in step ${step + 1} of ${plan.steps.length}, and is asked by ${percent(next.share)} now.`;
  return {
    canary: { ...canary, step: step + 1, since: now.toISOString() },
    promotes: false,
    why,
  };
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
