import type { Random } from '../../src/random.ts';

/** Solids under a lamp, each turned, lit, coloured and placed anew, on a ground of noise, with the grain of a sensor. */
export const solidKinds = ['ball', 'cone', 'cube', 'cylinder', 'ring'] as const;
export type SolidKind = (typeof solidKinds)[number];

export const SOLID_SIDE = 96;

type Vector = readonly [x: number, y: number, z: number];

/** How far a point is from the surface, at least. */
const distances: Readonly<Record<SolidKind, (p: Vector) => number>> = {
  ball: ([x, y, z]) => Math.hypot(x, y, z) - 0.75,
  cone: ([x, y, z]) => {
    const across = Math.hypot(x, z);
    // The slope of a cone of height 1.5 on a foot of 0.75.
    const side = (across * 2 + (y - 0.75)) / Math.sqrt(5);
    return Math.max(side, -0.75 - y);
  },
  cube: ([x, y, z]) => Math.max(Math.abs(x), Math.abs(y), Math.abs(z)) - 0.6,
  cylinder: ([x, y, z]) => Math.max(Math.hypot(x, z) - 0.5, Math.abs(y) - 0.7),
  ring: ([x, y, z]) => Math.hypot(Math.hypot(x, z) - 0.62, y) - 0.22,
};

const GROUND = -0.95;
const STEPS = 48;
const FAR = 12;

/** RGB of 0..255. */
export function drawSolid(kind: SolidKind, random: Random): Uint8Array {
  const scene = arrange(kind, random);
  const grain = 4 + random.next() * 8;
  const pixels = new Uint8Array(SOLID_SIDE * SOLID_SIDE * 3);
  for (let y = 0, to = 0; y < SOLID_SIDE; y += 1) {
    for (let x = 0; x < SOLID_SIDE; x += 1, to += 3) {
      const colour = colourSeen(scene, (2 * x) / SOLID_SIDE - 1, 1 - (2 * y) / SOLID_SIDE);
      for (const [channel, level] of colour.entries()) {
        const noisy = level * 255 + random.normal() * grain;
        pixels[to + channel] = Math.max(0, Math.min(255, Math.round(noisy)));
      }
    }
  }
  return pixels;
}

interface Scene {
  readonly distance: (p: Vector) => number;
  readonly eye: Vector;
  readonly light: Vector;
  readonly solid: Vector;
  readonly ground: readonly [Vector, Vector];
  readonly sky: Vector;
  readonly mottled: (x: number, z: number) => number;
}

function arrange(kind: SolidKind, random: Random): Scene {
  const turn = rotation(random);
  const size = 0.7 + random.next() * 0.5;
  const place: Vector = [random.symmetric(0.5), random.symmetric(0.25), random.symmetric(0.4)];
  const distance = (p: Vector): number => {
    const moved: Vector = [p[0] - place[0], p[1] - place[1], p[2] - place[2]];
    const [a, b, c] = turn;
    return (
      distances[kind]([dot(a, moved) / size, dot(b, moved) / size, dot(c, moved) / size]) * size
    );
  };
  const tone = (): Vector => [random.next(), random.next(), random.next()];
  return {
    distance,
    eye: [random.symmetric(0.6), 0.4 + random.next() * 0.8, 3.4],
    light: unit([random.symmetric(1.5), 1 + random.next(), 0.4 + random.next()]),
    solid: tone(),
    ground: [tone(), tone()],
    sky: tone(),
    mottled: mottling(random),
  };
}

/** Seen through one pixel: the solid, the ground with its shadow, or the sky. */
function colourSeen(scene: Scene, x: number, y: number): Vector {
  const { eye, light, solid, ground, sky, distance, mottled } = scene;
  const ray = unit([x - eye[0] * 0.3, y - eye[1] * 0.35, -2]);
  const found = march(eye, ray, distance);
  const toGround = ray[1] < 0 ? (GROUND - eye[1]) / ray[1] : Number.POSITIVE_INFINITY;
  if (found < Math.min(toGround, FAR)) {
    const at = along(eye, ray, found);
    const facing = unit(normalAt(distance, at));
    const lit = Math.max(0, dot(facing, light));
    const glint = Math.max(0, dot(facing, unit(minus(light, ray)))) ** 24;
    return mix(scaled(solid, 0.25 + 0.75 * lit), [1, 1, 1], 0.4 * glint);
  }
  if (toGround < FAR) {
    const at = along(eye, ray, toGround);
    const isShaded = march(at, light, distance) < FAR;
    const surface = mix(ground[0], ground[1], mottled(at[0], at[2]));
    return mix(scaled(surface, isShaded ? 0.35 : 0.9), sky, toGround / FAR);
  }
  return mix(sky, [1, 1, 1], Math.max(0, y) * 0.4);
}

/** How far it is along a ray to the solid; infinite where it passes. */
function march(from: Vector, ray: Vector, distance: Scene['distance']): number {
  let far = 0.05;
  for (let step = 0; step < STEPS && far < FAR; step += 1) {
    const near = distance(along(from, ray, far));
    if (near < 0.004) return far;
    far += near * 0.9;
  }
  return Number.POSITIVE_INFINITY;
}

function normalAt(distance: Scene['distance'], [x, y, z]: Vector): Vector {
  const e = 0.002;
  return [
    distance([x + e, y, z]) - distance([x - e, y, z]),
    distance([x, y + e, z]) - distance([x, y - e, z]),
    distance([x, y, z + e]) - distance([x, y, z - e]),
  ];
}

/** Three rows that stand upright on each other. */
function rotation(random: Random): readonly [Vector, Vector, Vector] {
  const draw = (): Vector => [random.normal(), random.normal(), random.normal()];
  const first = unit(draw());
  const other = draw();
  const second = unit(minus(other, scaled(first, dot(first, other))));
  const [a, b] = [first, second];
  return [a, b, [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]];
}

/** A field of waves of a few lengths, 0 to 1. */
function mottling(random: Random): Scene['mottled'] {
  const waves = Array.from({ length: 5 }, () => [
    random.symmetric(6),
    random.symmetric(6),
    random.symmetric(3),
  ]);
  return (x, z) => {
    const sum = waves.reduce(
      (total, [a = 0, b = 0, c = 0]) => total + Math.sin(a * x + b * z + c),
      0,
    );
    return 0.5 + sum / 10;
  };
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function scaled(a: Vector, by: number): Vector {
  return [a[0] * by, a[1] * by, a[2] * by];
}

function minus(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function unit(a: Vector): Vector {
  return scaled(a, 1 / (Math.hypot(...a) || 1));
}

function along(from: Vector, ray: Vector, far: number): Vector {
  return [from[0] + ray[0] * far, from[1] + ray[1] * far, from[2] + ray[2] * far];
}

function mix(a: Vector, b: Vector, share: number): Vector {
  const part = Math.max(0, Math.min(1, share));
  return [0, 1, 2].map((at) => a[at]! * (1 - part) + b[at]! * part) as unknown as Vector;
}
