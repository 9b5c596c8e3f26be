export type Point = readonly [x: number, y: number];
/** Its corners from the top left one on, clockwise on a screen. */
export type Quad = readonly [Point, Point, Point, Point];

/** What becomes of each corner. */
export function mapQuad(quad: Quad, of: (corner: Point, index: number) => Point): Quad {
  const [a, b, c, d] = quad;
  return [of(a, 0), of(b, 1), of(c, 2), of(d, 3)];
}

/** The convex hull of points, clockwise on a screen (A. Andrew's monotone chain, 1979). */
export function hullOf(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  const half = (side: readonly Point[]): Point[] => {
    const chain: Point[] = [];
    for (const point of side) {
      while (chain.length > 1 && turn(chain.at(-2)!, chain.at(-1)!, point) <= 0) chain.pop();
      chain.push(point);
    }
    chain.pop();
    return chain;
  };
  return [...half(sorted), ...half(sorted.toReversed())];
}

/** Above 0 where the way from `a` by `b` to `c` turns right on a screen. */
function turn(a: Point, b: Point, c: Point): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

/** Half the sum of the cross products of its corners. */
export function areaOf(corners: readonly Point[]): number {
  let sum = 0;
  corners.forEach(([x, y], index) => {
    const [u, v] = corners[(index + 1) % corners.length]!;
    sum += x * v - u * y;
  });
  return Math.abs(sum) / 2;
}

/** Whether a point lies in a quadrilateral whose corners go around clockwise, or no farther off its sides than `off`. */
export function isWithin([x, y]: Point, quad: readonly Point[], off: number): boolean {
  return quad.every((from, index) => {
    const to = quad[(index + 1) % quad.length]!;
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    return turn(from, to, [x, y]) >= -off * length;
  });
}

/**
 * The quadrilateral around a convex hull, from its top left corner on: the side whose neighbours meet with the least of a triangle
 * between them is left out until four are left. Undefined for a hull that has no four sides.
 */
export function quadAround(hull: readonly Point[]): Quad | undefined {
  const corners = [...hull];
  if (corners.length < 4) return undefined;
  while (corners.length > 4) {
    let [least, index, at] = [Infinity, -1, corners[0]!];
    for (let side = 0; side < corners.length; side += 1) {
      const apex = apexOver(corners, side);
      if (!apex || !(apex.area < least)) continue;
      [least, index, at] = [apex.area, side, apex.at];
    }
    if (index < 0) return undefined;
    const next = (index + 1) % corners.length;
    corners[index] = at;
    corners.splice(next, 1);
  }
  const first = corners.reduce(
    (best, [x, y], index) => (x + y < corners[best]![0] + corners[best]![1] ? index : best),
    0,
  );
  const [a, b, c, d] = [...corners.slice(first), ...corners.slice(0, first)];
  return a && b && c && d && [a, b, c, d];
}

/** Where the neighbours of a side meet beyond it, and the triangle that this adds. */
function apexOver(
  corners: readonly Point[],
  side: number,
): { readonly at: Point; readonly area: number } | undefined {
  const count = corners.length;
  const a = corners[(side - 1 + count) % count]!;
  const b = corners[side]!;
  const c = corners[(side + 1) % count]!;
  const d = corners[(side + 2) % count]!;
  const [ux, uy, vx, vy] = [b[0] - a[0], b[1] - a[1], c[0] - d[0], c[1] - d[1]];
  const cross = ux * vy - uy * vx;
  if (Math.abs(cross) < 1e-9) return undefined;
  const along = ((d[0] - a[0]) * vy - (d[1] - a[1]) * vx) / cross;
  // Beyond b on the one side, and beyond c on the other.
  const at: Point = [a[0] + along * ux, a[1] + along * uy];
  const beyond = (at[0] - c[0]) * vx + (at[1] - c[1]) * vy;
  return along < 1 - 1e-9 || beyond < -1e-9 ? undefined : { at, area: areaOf([b, at, c]) };
}

/** The same corners, each side laid through the middle of what it is around instead of its outermost point. */
export function fitSides(quad: Quad, hull: readonly Point[]): Quad {
  const lines = quad.map((from, index) => lineAlong(from, quad[(index + 1) % 4]!, hull));
  return mapQuad(
    quad,
    (corner, index) => crossing(lines[(index + 3) % 4]!, lines[index]!) ?? corner,
  );
}

interface Line {
  readonly at: Point;
  readonly along: Point;
}

/** Of the hull what lies close to a side, and not at its ends, sampled along its edges. */
function lineAlong(from: Point, to: Point, hull: readonly Point[]): Line {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const [ux, uy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  let [count, sumT, sumD, sumTT, sumTD] = [0, 0, 0, 0, 0];
  hull.forEach((one, index) => {
    const other = hull[(index + 1) % hull.length]!;
    const steps = Math.ceil(Math.hypot(other[0] - one[0], other[1] - one[1]));
    for (let step = 0; step < steps; step += 1) {
      const x = one[0] + ((other[0] - one[0]) * step) / steps - from[0];
      const y = one[1] + ((other[1] - one[1]) * step) / steps - from[1];
      const [t, d] = [x * ux + y * uy, y * ux - x * uy];
      if (t < 0.1 * length || t > 0.9 * length || Math.abs(d) > 0.06 * length + 1) continue;
      count += 1;
      sumT += t;
      sumD += d;
      sumTT += t * t;
      sumTD += t * d;
    }
  });
  const spread = count * sumTT - sumT * sumT;
  if (count < 3 || !(spread > 0)) return { at: from, along: [ux, uy] };
  const tilt = (count * sumTD - sumT * sumD) / spread;
  const off = (sumD - tilt * sumT) / count;
  return {
    at: [from[0] - off * uy, from[1] + off * ux],
    along: [ux - tilt * uy, uy + tilt * ux],
  };
}

function crossing(one: Line, other: Line): Point | undefined {
  const cross = one.along[0] * other.along[1] - one.along[1] * other.along[0];
  if (Math.abs(cross) < 1e-9) return undefined;
  const [x, y] = [other.at[0] - one.at[0], other.at[1] - one.at[1]];
  const t = (x * other.along[1] - y * other.along[0]) / cross;
  return [one.at[0] + t * one.along[0], one.at[1] + t * one.along[1]];
}
