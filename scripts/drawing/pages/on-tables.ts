import type { Random } from '../../../src/random.ts';
import { chance, lying, sheetOf, shown, slope, type Draw } from './sheets.ts';
import { between, inkOf, tinted, type Colour, type Quad } from './shot.ts';

/** A sheet of some size, turned, and seen from the side where `lean` is not 0. */
function laid(
  random: Random,
  picture: { width: number; height: number },
  share: number,
  turn: number,
  lean: number,
) {
  const aspect = between(random, 0.7, 1.4);
  const side = share * Math.min(picture.width, picture.height);
  const [width, height] = [side * Math.min(1, aspect), side * Math.min(1, 1 / aspect)];
  const angle = (turn * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [roomX, roomY] = [
    (picture.width - Math.abs(width * cos) - Math.abs(height * sin)) / 2,
    (picture.height - Math.abs(width * sin) - Math.abs(height * cos)) / 2,
  ];
  const centreX = picture.width / 2 + random.symmetric(Math.max(0, roomX * 0.9));
  const centreY = picture.height / 2 + random.symmetric(Math.max(0, roomY * 0.9));
  const depth = (): number => 1 + random.symmetric(lean);
  const corner = (x: number, y: number): readonly [number, number] => {
    const part = depth();
    const [u, v] = [x * width * part, y * height * part];
    return [centreX + cos * u - sin * v, centreY + sin * u + cos * v];
  };
  const corners: Quad = [
    corner(-0.5, -0.5),
    corner(0.5, -0.5),
    corner(0.5, 0.5),
    corner(-0.5, 0.5),
  ];
  return { width, height, corners };
}

export const card: Draw = async (random, ink) => {
  const shot = await sheetOf(random, ink, { least: 90 });
  const turn = chance(random, 0.5) ? 0 : random.symmetric(14);
  const sheet = laid(random, shot, between(random, 0.5, 0.88), turn, 0);
  const digit = await inkOf(ink, Math.round(between(random, 0.3, 0.7) * sheet.height));
  const level = between(random, 15, 115);
  const table = tinted(random, level, 18);
  return shown(random, {
    ...shot,
    digit,
    ...lying(random, digit, sheet.width, sheet.height),
    sheet: { ...sheet, ground: () => table },
    light: slope(random, shot, 0.15),
  });
};

/** Chalk or a white pencil on dark card, which lies on something light. */
export const darkCard: Draw = async (random, ink) => {
  const shot = await sheetOf(random, ink, { least: 90 });
  const turn = chance(random, 0.5) ? 0 : random.symmetric(14);
  const sheet = laid(random, shot, between(random, 0.4, 0.88), turn, 0);
  const digit = await inkOf(ink, Math.round(between(random, 0.3, 0.7) * sheet.height));
  const table = tinted(random, between(random, 150, 250), 18);
  return shown(random, {
    ...shot,
    paper: tinted(random, between(random, 10, 70)),
    ink: tinted(random, between(random, 170, 250)),
    digit,
    ...lying(random, digit, sheet.width, sheet.height),
    sheet: { ...sheet, ground: () => table },
    light: slope(random, shot, 0.15),
  });
};

/** Boards with grain, knots and joints. */
function wood(random: Random, { width, height }: { width: number; height: number }) {
  const base = between(random, 70, 165);
  const tone: Colour = [
    base,
    base * between(random, 0.68, 0.85),
    base * between(random, 0.4, 0.65),
  ];
  const side = Math.max(width, height);
  const isUpright = chance(random, 0.5);
  const board = between(random, 0.15, 0.5) * side;
  const strength = between(random, 0.08, 0.3);
  const waves = Array.from({ length: 7 }, () => ({
    fine: between(random, 8, 90) / side,
    along: between(random, 0.3, 3) / side,
    phase: random.next() * 6.28,
    weight: random.next(),
  }));
  const shades = Array.from({ length: 12 }, () => 1 + random.symmetric(0.15));
  return (x: number, y: number): Colour => {
    const [across, along] = isUpright ? [x, y] : [y, x];
    const grain = waves.reduce(
      (sum, wave) =>
        sum +
        wave.weight *
          Math.sin(6.28 * (across * wave.fine + Math.sin(along * wave.along * 6.28)) + wave.phase),
      0,
    );
    const joint = across % board < side / 220 ? 0.45 : 1;
    const shade = shades[Math.floor(across / board) % 12]! * joint * (1 + (strength * grain) / 3);
    return [tone[0] * shade, tone[1] * shade, tone[2] * shade];
  };
}

export const desk: Draw = async (random, ink) => {
  const shot = await sheetOf(random, ink, { least: 120 });
  const turn = random.symmetric(15);
  const sheet = laid(random, shot, between(random, 0.5, 0.85), turn, between(random, 0, 0.12));
  const digit = await inkOf(ink, Math.round(between(random, 0.3, 0.7) * sheet.height));
  return shown(random, {
    ...shot,
    paper: tinted(random, between(random, 200, 255), 8),
    digit,
    ...lying(random, digit, sheet.width, sheet.height),
    sheet: { ...sheet, ground: wood(random, shot) },
    light: slope(random, shot, 0.25),
  });
};
