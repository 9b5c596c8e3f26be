import type { Box, Plane } from '../handwriting/plane-loops.ts';
import { rulesOfFrames } from './frames.ts';
import { isThin, lengthOf, type Rule } from './rule.ts';

/** Those that belong to the paper and not to a digit: as long as the page is wide or far longer than a digit is high, or of a frame. */
export function rulesOfPaper(rules: readonly Rule[], high: number, page: Plane): Rule[] {
  const chosen = rulesOfFrames(rules);
  for (const rule of rules) {
    const across = rule.isUpright ? page.height : page.width;
    const isLong = lengthOf(rule) > Math.min(2.3 * high, 0.9 * across);
    if (isLong && isThin(rule, high)) chosen.add(rule);
  }
  return [...chosen];
}

/** The same line on a part of the page at another size. */
export function ruleIn(rule: Rule, part: Box, scale: number): Rule {
  const [along, across] = rule.isUpright ? [part.top, part.left] : [part.left, part.top];
  return {
    ...rule,
    from: (rule.from - along) * scale,
    to: (rule.to - along) * scale,
    at: (rule.at - across) * scale,
    thickness: rule.thickness * scale,
  };
}

/** Takes lines out of a plane wherever nothing crosses them. */
export function eraseRules(signal: Plane, threshold: number, rules: readonly Rule[]): void {
  const { width, height, data } = signal;
  for (const { isUpright, from, to, at, slope, thickness } of rules) {
    const [columns, rows] = isUpright ? [height, width] : [width, height];
    const [along, across] = isUpright ? [width, 1] : [1, width];
    const reach = thickness / 2 + 2;
    const [first, end] = [Math.max(0, Math.floor(from) - 2), Math.min(columns, Math.ceil(to) + 2)];
    for (let x = first; x < end; x += 1) {
      const middle = at + slope * (x - from);
      const low = Math.max(0, Math.floor(middle - reach));
      const high = Math.min(rows, Math.ceil(middle + reach));
      if (low >= high) continue;
      const isInk = (y: number): boolean =>
        y >= 0 && y < rows && data[x * along + y * across]! > threshold;
      let [top, bottom] = [low, high];
      while (top < high && !isInk(top)) top += 1;
      if (top < high) {
        while (isInk(top - 1)) top -= 1;
        while (bottom > low && !isInk(bottom - 1)) bottom -= 1;
        while (isInk(bottom)) bottom += 1;
      }
      if (bottom - top > thickness * 1.6 + 3) continue;
      for (
        let y = Math.max(0, Math.min(low, top - 1));
        y < Math.min(rows, Math.max(high, bottom + 1));
        y += 1
      ) {
        data[x * along + y * across] = 0;
      }
    }
  }
}
