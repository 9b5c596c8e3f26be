import type { DrawnTrial } from './draw-trials.ts';
import { isSameTraining, type SearchTrial } from './search-events.ts';
import type { ResolvedSearchRequest } from './search-request.ts';

/** A training that a search has to do. */
export interface PlannedTrial extends DrawnTrial {
  readonly epochs: number;
}

/** How many of the trials are trained for how many epochs. */
interface Rung {
  readonly epochs: number;
  readonly count: number;
}

export type SearchPlan = Pick<
  ResolvedSearchRequest,
  'method' | 'objective' | 'reduction' | 'minEpochs' | 'epochs'
>;

/** What comes next: another training, or none, and then the best of those that were done so far. */
export type NextStep =
  { readonly train: PlannedTrial } | { readonly best: SearchTrial | undefined };

/** The next step of a search, by nothing but what was drawn and what has ended: whoever goes on with it goes on the same way. */
export function nextStep(
  plan: SearchPlan,
  drawn: readonly DrawnTrial[],
  ended: readonly SearchTrial[],
): NextStep {
  let members: readonly DrawnTrial[] = drawn;
  let best: SearchTrial | undefined;
  for (const { epochs, count } of rungsOf(plan, drawn.length)) {
    const planned = members.slice(0, count).map((member) => withEpochs(member, epochs));
    const missing = planned.find((one) => !ended.some((done) => isSameTraining(done, one)));
    if (missing) return { train: missing };
    const ranked = rank(
      plan,
      ended.filter((done) => planned.some((one) => isSameTraining(done, one))),
    );
    if (ranked.length === 0) break;
    best = ranked[0];
    members = ranked;
  }
  return { best };
}

/** The best of what has ended: of the furthest rung that has any. */
export function bestSoFar(
  plan: SearchPlan,
  ended: readonly SearchTrial[],
): SearchTrial | undefined {
  // Trials of a random search may differ in their epochs, and are compared all the same.
  if (plan.method === 'random') return rank(plan, ended)[0];
  const furthest = Math.max(...ended.filter(hasFigures).map(({ epochs }) => epochs));
  return rank(
    plan,
    ended.filter(({ epochs }) => epochs === furthest),
  )[0];
}

/** The epochs of its rung, or those that are a value of its own. */
function withEpochs(member: DrawnTrial, epochs: number): PlannedTrial {
  const own = member.parameters['epochs'];
  const { trial, parameters } = member;
  return { trial, parameters, epochs: typeof own === 'number' ? own : epochs };
}

/** Each rung has one in `reduction` of the trials of the one before, for as many times the epochs; the last one all epochs. */
export function rungsOf(
  { method, epochs, reduction, minEpochs }: SearchPlan,
  trials: number,
): Rung[] {
  if (method === 'random') return [{ epochs, count: trials }];
  let steps = 0;
  while (
    reduction ** (steps + 1) <= trials &&
    epochs / reduction ** (steps + 1) >= Math.min(minEpochs, epochs)
  ) {
    steps += 1;
  }
  return Array.from({ length: steps + 1 }, (_, rung) => ({
    epochs: Math.ceil(epochs / reduction ** (steps - rung)),
    count: Math.floor(trials / reduction ** rung),
  }));
}

/** Those that have figures, the best first; of two alike the one that was drawn first. */
function rank({ objective }: SearchPlan, trials: readonly SearchTrial[]): SearchTrial[] {
  return trials
    .filter(hasFigures)
    .sort(
      (a, b) =>
        (objective === 'accuracy' ? b.accuracy! - a.accuracy! : 0) ||
        a.loss! - b.loss! ||
        a.trial - b.trial,
    );
}

function hasFigures({ state, accuracy, loss }: SearchTrial): boolean {
  return state === 'succeeded' && accuracy !== undefined && loss !== undefined;
}
