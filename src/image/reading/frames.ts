import { isThin, lengthOf, type Rule } from './rule.ts';

/** Ends meet within so many pixels, beside half of their thickness: where lines cross, nobody sees how thick each is. */
const NEAR = 4;
/** Sides of a frame are at right angles within this slope, and one at most so many times as thick as the other. */
const SQUARE = 0.09;
const THICKER = 1.8;
/** Teeth of a comb are as long as its ends, within this part. */
const TOOTH = 0.15;

/** More lines than any form has are cloth, print or noise, and nobody is to look for boxes among them. */
const MOST = 1500;

interface Spot {
  readonly x: number;
  readonly y: number;
}

/**
 * The lines of boxes and combs, as forms have them around digits: a level line with an upright one at either end, both above it or both
 * below it; the teeth between those; and what is left of the fourth side, and of sides that are broken. Whatever stands in a box by itself is
 * none of it.
 */
export function rulesOfFrames(rules: readonly Rule[]): Set<Rule> {
  const frames = new Set<Rule>();
  if (rules.length > MOST) return frames;
  const uprights = rules.filter(({ isUpright }) => isUpright);
  const levels = rules.filter(({ isUpright }) => !isUpright);
  const hanging = new Set<Rule>();
  const standing = new Map<Rule, Rule[]>();
  for (const level of levels) {
    const beside = uprights.filter((upright) => areSides(level, upright));
    for (const isBelow of [true, false]) {
      const own = beside.filter((upright) => meets(tipOf(upright, !isBelow), level));
      for (const side of sidesOf(level, own, isBelow)) frames.add(side);
      if (isBelow) own.forEach((upright) => hanging.add(upright));
      else if (own.length > 0) standing.set(level, own);
    }
  }
  // From one line to another one below it: of a digit hardly two strokes are.
  for (const [level, own] of standing) {
    const between = own.filter((upright) => hanging.has(upright));
    if (between.length >= 2) [level, ...between].forEach((side) => frames.add(side));
  }
  addWhatGoesOn(frames, uprights);
  const sides = uprights.filter((upright) => frames.has(upright));
  for (const level of levels) {
    const ends = sides.filter((side) => areSides(level, side) && endsAt(side, level));
    if (ends.some((side) => isBefore(side, level)) && ends.some((side) => !isBefore(side, level))) {
      frames.add(level);
    }
  }
  addWhatGoesOn(frames, levels);
  return frames;
}

/** Adds the other parts of sides that are broken. */
function addWhatGoesOn(frames: Set<Rule>, rules: readonly Rule[]): void {
  const whole = [...frames];
  for (const rule of rules) {
    if (whole.some((side) => goesOn(side, rule))) frames.add(rule);
  }
}

/** A level line with those upright ones at its ends, and what stands between them as their teeth; nothing where an end has none. */
function sidesOf(level: Rule, own: readonly Rule[], isBelow: boolean): Rule[] {
  const [left, right] = [startOf(level), endOf(level)].map((corner) =>
    own.find((upright) => areNear(tipOf(upright, !isBelow), corner, reachOf(level, upright))),
  );
  if (!left || !right || left === right) return [];
  const long = Math.min(lengthOf(left), lengthOf(right));
  const teeth = own.filter((upright) => Math.abs(lengthOf(upright) / long - 1) <= TOOTH);
  return [level, left, right, ...teeth];
}

/** The middle of a rule where it is so far along. */
const middleAt = ({ at, slope, from }: Rule, along: number): number => at + slope * (along - from);

const spotAt = (rule: Rule, along: number): Spot =>
  rule.isUpright ? { x: middleAt(rule, along), y: along } : { x: along, y: middleAt(rule, along) };

const startOf = (rule: Rule): Spot => spotAt(rule, rule.from);
const endOf = (rule: Rule): Spot => spotAt(rule, rule.to);
const tipOf = (upright: Rule, isLower: boolean): Spot =>
  isLower ? endOf(upright) : startOf(upright);

const reachOf = (one: Rule, other: Rule): number =>
  NEAR + Math.max(one.thickness, other.thickness) / 2;

const areNear = (one: Spot, other: Spot, reach: number): boolean =>
  Math.abs(one.x - other.x) <= reach && Math.abs(one.y - other.y) <= reach;

/** Whether a level line and an upright one might be sides of the same frame. */
function areSides(level: Rule, upright: Rule): boolean {
  const [thin, thick] = [level.thickness, upright.thickness].sort((one, other) => one - other);
  return (
    Math.abs(level.slope + upright.slope) <= SQUARE &&
    thick! <= Math.max(THICKER * thin!, thin! + 1.2) &&
    [level, upright].every((rule) => isThin(rule, lengthOf(upright)))
  );
}

/** Whether a tip of an upright line lies on a level one. */
function meets({ x, y }: Spot, level: Rule): boolean {
  const reach = NEAR + level.thickness / 2;
  return (
    x >= level.from - reach && x <= level.to + reach && Math.abs(y - middleAt(level, x)) <= reach
  );
}

/** Whether a level line, made longer, would meet a tip of an upright one. */
function endsAt(upright: Rule, level: Rule): boolean {
  return [startOf(upright), endOf(upright)].some(
    ({ x, y }) =>
      Math.abs(y - middleAt(level, x)) <= NEAR + Math.max(level.thickness, upright.thickness),
  );
}

const isBefore = (upright: Rule, level: Rule): boolean =>
  middleAt(upright, upright.from) < (level.from + level.to) / 2;

/** Whether a line is the other part of one that is broken. */
function goesOn(whole: Rule, rule: Rule): boolean {
  if (whole === rule || whole.isUpright !== rule.isUpright) return false;
  const apart = Math.max(rule.from - whole.to, whole.from - rule.to);
  return (
    apart >= 0 &&
    apart <= lengthOf(whole) &&
    rule.thickness <= whole.thickness + 1.2 &&
    Math.abs(rule.slope - whole.slope) <= SQUARE &&
    Math.abs(middleAt(whole, rule.from) - rule.at) <= 2 &&
    Math.abs(middleAt(whole, rule.to) - middleAt(rule, rule.to)) <= 2
  );
}
