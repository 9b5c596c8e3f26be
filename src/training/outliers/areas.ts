import type { Random } from '../../random.ts';
import type { Canvas } from './pen.ts';
import { pick } from './pick.ts';

/** Ink of something that is no digit, on a canvas of this side. */
export type Draw = (random: Random, side: number) => Canvas;

/** Ink by areas: bars and halves, filled shapes, boards, stripes, spots, the shapes of things in a photograph. */
export const area: Draw = (random, side) => {
  const inside = pick(random, areas)(random);
  const soft = 1 + random.next() * 3;
  const ink = new Uint8Array(side * side);
  for (let at = 0; at < ink.length; at += 1) {
    const depth = inside((at % side) / side - 0.5, Math.floor(at / side) / side - 0.5);
    ink[at] = 255 * Math.min(1, Math.max(0, 0.5 + (depth * side) / soft));
  }
  return { width: side, height: side, ink };
};

/** How deep a place lies in the ink: positive inside. Places go from -0.5 to 0.5. */
type Inside = (x: number, y: number) => number;

function turned(random: Random, inside: Inside): Inside {
  const angle = random.integer(2) === 0 ? random.integer(4) * (Math.PI / 2) : random.next() * 6.28;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return (x, y) => inside(cos * x - sin * y, sin * x + cos * y);
}

const rectangle =
  (cx: number, cy: number, w: number, h: number): Inside =>
  (x, y) =>
    Math.min(w / 2 - Math.abs(x - cx), h / 2 - Math.abs(y - cy));

const ellipse =
  (cx: number, cy: number, w: number, h: number): Inside =>
  (x, y) =>
    ((1 - Math.hypot((x - cx) / (w / 2), (y - cy) / (h / 2))) * Math.min(w, h)) / 2;

const union =
  (parts: readonly Inside[]): Inside =>
  (x, y) =>
    Math.max(...parts.map((part) => part(x, y)));

const areas: readonly ((random: Random) => Inside)[] = [
  // A half, a broad bar, a square.
  (random) => turned(random, rectangle(0, 0, 0.9, 0.35 + random.next() * 0.55)),
  (random) => turned(random, ellipse(0, 0, 0.9, 0.5 + random.next() * 0.4)),
  // Things that lie over each other.
  (random) =>
    union(
      Array.from({ length: 2 + random.integer(5) }, () => {
        const [cx, cy] = [random.symmetric(0.35), random.symmetric(0.35)];
        const [w, h] = [0.12 + random.next() * 0.5, 0.12 + random.next() * 0.5];
        return turned(random, (random.integer(2) === 0 ? rectangle : ellipse)(cx, cy, w, h));
      }),
    ),
  // Boards and stripes.
  (random) => {
    const [fx, fy] = [3 + random.next() * 14, random.integer(3) === 0 ? 0 : 3 + random.next() * 14];
    const phase = random.next() * 6.28;
    return turned(random, (x, y) => {
      const wave = Math.sin(fx * 2 * x + phase) * (fy === 0 ? 1 : Math.sin(fy * 2 * y + phase));
      return wave * 0.1;
    });
  },
  // Waves of all directions, cut at a level: clouds, leaves, ground, skin.
  (random) => {
    const rough = random.next();
    const waves = Array.from({ length: 8 }, () => {
      const frequency = 4 * 2 ** (random.next() * 3.2);
      const angle = random.next() * 6.28;
      return {
        fx: Math.cos(angle) * frequency,
        fy: Math.sin(angle) * frequency,
        phase: random.next() * 6.28,
        height: frequency ** -(1 - 0.8 * rough),
      };
    });
    const total = waves.reduce((sum, { height }) => sum + height, 0);
    const level = random.symmetric(0.2);
    return (x, y) =>
      0.4 *
      (waves.reduce(
        (sum, { fx, fy, phase, height }) => sum + height * Math.sin(fx * x + fy * y + phase),
        0,
      ) /
        total -
        level);
  },
];
