import { NO_DIGIT } from '../handwriting/digit-net.ts';
import type { Candidate } from './candidates.ts';
import { HIGH } from './line-ink.ts';
import type { Parting } from './partings.ts';

/** Where a line may be parted, and how likely it is. */
export interface LikelyParting {
  readonly parting: Parting;
  readonly likely: number;
}

/** A candidate that was taken for a digit. */
export interface ChosenDigit extends Candidate {
  /** How likely it is each digit, 0 to 9, and none. */
  readonly scores: Float64Array;
}

/** To pass over some ink costs as much as so many nats, and so many more for ink as of a whole digit. */
const PASSED = 2.5;
const PASSED_INK = 14;
/** Of a digit with strokes of usual width, in full pixels. */
const USUAL_INK = 0.3 * HIGH * HIGH;
/** So much the partings count beside the digits between them; and so much those inside of a digit, where it is not parted. */
const PARTED = 0.3;
const NOT_PARTED = 0.5;
/** A digit that is lower than this part of its line, or higher than that, is the less likely the more it is. */
const LOW = 0.72;
const TALL = 1.35;
/** Nats for each part of the height that it is too low or too high. */
const ODD_HEIGHT = 14;
/** A digit that is wider than this part of the height of digits is the less likely; nats for each such part more. */
const WIDE = 0.7;
const ODD_WIDTH = 4;

/** A digit with more ink than this in strokes that are thicker than those of its line is the less likely: a 1 may lie against it. */
const BLOTTED = 0.05;
/** Nats for as much of it as a stroke as high as a digit has, and at most so many. */
const THICK = 15;
const THICKEST = 5;

/** What was seen of a candidate from close up. */
export interface Look {
  /** How likely it is each digit, and none. */
  readonly scores: Float64Array;
  /** How much of its ink is in strokes that are thicker than those of its line. */
  readonly thick: number;
}

/** A way on from a parting that was reached: over what lies behind it, as one digit or as none. */
interface Step {
  /** All that was paid once it is taken; at least that where nobody has looked at the digit yet. */
  readonly cost: number;
  readonly over: Candidate;
  readonly as: 'unseen' | 'passed' | ChosenDigit;
}

/**
 * What is a digit, from left to right: of all ways to part a line the likeliest one, by how likely each of its partings is and by the
 * score of what lies between them; what is no digit is passed over. It is the shortest path from the first parting to the last, so
 * that only what may lie on it is looked at.
 */
export function bestParting(
  partings: readonly LikelyParting[],
  candidates: readonly Candidate[],
  lookAt: (candidate: Candidate) => Look,
): ChosenDigit[] {
  const behind: Candidate[][] = partings.map(() => []);
  for (const candidate of candidates) behind[candidate.from]!.push(candidate);
  const taken: (Step | undefined)[] = Array.from({ length: partings.length });
  const steps = new Heap<Step>();
  const inside = likeliestInside(partings, candidates);
  const goOn = (parting: number, paid: number): void => {
    for (const over of behind[parting]!) {
      const passing = PASSED + (PASSED_INK * over.mass) / USUAL_INK;
      steps.push({ cost: paid + passing, over, as: 'passed' });
      if (!over.isLikely) continue;
      const least =
        oddness(over) +
        NOT_PARTED * unlikely(1 - inside(over)) +
        PARTED * unlikely(partings[over.to]!.likely);
      steps.push({ cost: paid + least, over, as: 'unseen' });
    }
  };
  goOn(0, 0);
  for (let step = steps.pop(); step && !taken.at(-1); step = steps.pop()) {
    const { cost, over, as } = step;
    if (taken[over.to]) continue;
    if (as !== 'unseen') {
      taken[over.to] = step;
      goOn(over.to, cost);
      continue;
    }
    const { scores, thick } = lookAt(over);
    const digit = { ...over, scores };
    steps.push({
      cost: cost + unlikely(Math.max(...scores.subarray(0, NO_DIGIT))) + againstItself(thick),
      over,
      as: digit,
    });
  }
  const chosen: ChosenDigit[] = [];
  for (let step = taken.at(-1); step; step = taken[step.over.from]) {
    if (typeof step.as === 'object') chosen.unshift(step.as);
  }
  return chosen;
}

const againstItself = (thick: number): number =>
  Math.min(THICKEST, THICK * Math.max(0, thick - BLOTTED));

/** In nats, from 0 on. */
const unlikely = (likely: number): number => -Math.log(Math.min(1, likely + 1e-6));

/** How likely the likeliest parting is that would make two possible digits of a candidate. */
function likeliestInside(
  partings: readonly LikelyParting[],
  candidates: readonly Candidate[],
): (candidate: Candidate) => number {
  const keyOf = (from: number, to: number): number => from * partings.length + to;
  const possible = new Set<number>();
  for (const { from, to, isLikely } of candidates) if (isLikely) possible.add(keyOf(from, to));
  return ({ from, to }) => {
    let most = 0;
    for (let at = from + 1; at < to; at += 1) {
      if (!possible.has(keyOf(from, at)) || !possible.has(keyOf(at, to))) continue;
      most = Math.max(most, partings[at]!.likely);
    }
    // Never quite sure: a net may be wrong.
    return Math.min(most, 0.999);
  };
}

function oddness({ box }: Candidate): number {
  const [high, wide] = [(box.bottom - box.top) / HIGH, (box.right - box.left) / HIGH];
  const height = Math.max(0, LOW - high, (high - TALL) / 2);
  return ODD_HEIGHT * height + ODD_WIDTH * Math.max(0, wide - WIDE);
}

/** A heap of which the cheapest comes first. */
class Heap<Thing extends { readonly cost: number }> {
  readonly #things: Thing[] = [];

  push(thing: Thing): void {
    const things = this.#things;
    let at = things.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (things[above]!.cost <= thing.cost) break;
      things[at] = things[above]!;
      at = above;
    }
    things[at] = thing;
  }

  pop(): Thing | undefined {
    const things = this.#things;
    const [first, last] = [things[0], things.pop()];
    if (things.length === 0 || !last) return first;
    let at = 0;
    for (let below = 1; below < things.length; below = 2 * at + 1) {
      if (below + 1 < things.length && things[below + 1]!.cost < things[below]!.cost) below += 1;
      if (things[below]!.cost >= last.cost) break;
      things[at] = things[below]!;
      at = below;
    }
    things[at] = last;
    return first;
  }
}
