import type { Route } from '../../registry/traffic-route.ts';
import type { CanaryFigures } from './version-figures.ts';

type CanaryPlan = NonNullable<Route['traffic']['rules']['canary']>;

/** waiting: too few requests to say anything. worse: it left a band; `why` says which and by what figures. */
export type CanaryVerdict =
  { readonly verdict: 'waiting' | 'good' } | { readonly verdict: 'worse'; readonly why: string };

const usualMinRequests = 100;
const usualBands = { errorRate: 0.01, latency: 2, warned: 0.1 };
/** A difference that no caller notices. */
const slackMs = 5;

/** How many requests a canary must have answered on a server before that one judges it. */
export function minRequestsOf({ minRequests = usualMinRequests }: CanaryPlan): number {
  return minRequests;
}

/** Whether a canary holds against the version it is to replace, by what one server has seen. Pure. */
export function judgeCanary(plan: CanaryPlan, figures: CanaryFigures): CanaryVerdict {
  const minRequests = minRequestsOf(plan);
  const { canary, compared } = figures;
  const disagreement = compared >= minRequests ? disagreementOf(plan, figures) : undefined;
  if (disagreement !== undefined) return { verdict: 'worse', why: disagreement };
  if (canary.requests < minRequests) return { verdict: 'waiting' };
  const why = errorsOf(plan, figures) ?? latencyOf(plan, figures) ?? warningsOf(plan, figures);
  if (why !== undefined) return { verdict: 'worse', why };
  const isUnseen = plan.bands?.agreement !== undefined && compared < minRequests;
  return { verdict: isUnseen ? 'waiting' : 'good' };
}

/** Of a present version that has answered nothing it is taken that nothing of it fails. */
function errorsOf(plan: CanaryPlan, { canary, present }: CanaryFigures): string | undefined {
  const band = plan.bands?.errorRate ?? usualBands.errorRate;
  const [own, before] = [canary, present].map(({ errors, requests }) => ratio(errors, requests));
  if (own! <= before! + band) return undefined;
  return `${percent(own!)} of its ${canary.requests} requests failed, of those of the present version ${percent(before!)} of ${present.requests}; ${percent(band)} more are allowed.`;
}

function latencyOf(plan: CanaryPlan, { canary, present }: CanaryFigures): string | undefined {
  const band = plan.bands?.latency ?? usualBands.latency;
  const [own, before] = [canary.p95Ms, present.p95Ms];
  if (own === undefined || before === undefined) return undefined;
  if (present.requests < minRequestsOf(plan)) return undefined;
  if (own <= before * band || own <= before + slackMs) return undefined;
  return `nineteen of twenty of its ${canary.requests} requests take up to ${own.toFixed(1)} ms, of those of the present version ${before.toFixed(1)} ms; ${band} times as long is allowed.`;
}

function warningsOf(plan: CanaryPlan, { canary, present }: CanaryFigures): string | undefined {
  const band = plan.bands?.warned ?? usualBands.warned;
  if (present.requests < minRequestsOf(plan)) return undefined;
  const own = ratio(canary.warned, canary.images);
  const before = ratio(present.warned, present.images);
  if (own <= before + band) return undefined;
  return `${percent(own)} of its ${canary.images} predictions carry a warning, of those of the present version ${percent(before)} of ${present.images}; ${percent(band)} more are allowed.`;
}

function disagreementOf({ bands }: CanaryPlan, figures: CanaryFigures): string | undefined {
  const { compared, agreed } = figures;
  const least = bands?.agreement;
  if (least === undefined || agreed >= compared * least) return undefined;
  return `it agrees with the present version about ${percent(agreed / compared)} of ${compared} images; ${percent(least)} are asked for.`;
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
