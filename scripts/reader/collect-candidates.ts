import sharp from 'sharp';
import { openAssembly } from '../../src/image/assembly/open-assembly.ts';
import type { PlaneLoops } from '../../src/image/handwriting/plane-loops.ts';
import { plainLoops } from '../../src/image/handwriting/plain-loops.ts';
import { simdLoops } from '../../src/image/handwriting/simd-loops.ts';
import { takeApart, type AtomMap } from '../../src/image/reading/atoms.ts';
import { candidatesAmong, type Candidate } from '../../src/image/reading/candidates.ts';
import { findLines } from '../../src/image/reading/find-lines.ts';
import { frameAtoms } from '../../src/image/reading/frame-atoms.ts';
import { HIGH, lookAtLine, type LineInk } from '../../src/image/reading/line-ink.ts';
import { roomForPage } from '../../src/image/reading/read-page.ts';
import type { Random } from '../../src/random.ts';
import type { GlyphSource } from '../drawing/glyphs.ts';
import { sayLine, takeLine, writings, type LinePicture, type Spacing } from '../drawing/lines.ts';

/** What is no whole digit: the eleventh class. */
export const NO_DIGIT = 10;

/** 784 pixels of what would be taken for a digit, and which one it is. */
export interface LabelledCandidate {
  readonly pixels: Uint8Array;
  readonly label: number;
}

/** A digit is whole with so much of its ink, and with at most so much of others'. Between these and the next it is left out. */
const WHOLE = { own: 0.92, others: 0.08 };
const DOUBTFUL = { own: 0.84, others: 0.15 };
/** Of what is no whole digit such a share is taken: there is far more of it. */
const TAKEN = 0.4;

const assembly = openAssembly();
const loops: PlaneLoops = assembly ? simdLoops(assembly) : plainLoops;

/** Draws a line, takes it apart as it would be read, and says of each candidate what it really is. */
export async function candidatesOfLine(
  random: Random,
  sources: readonly GlyphSource[],
): Promise<LabelledCandidate[]> {
  const writing = random.next() < 0.85 ? 'number' : writings[1 + random.integer(3)]!;
  const text = sayLine(random, writing);
  const source = sources[random.integer(sources.length)]!;
  const level = random.integer(4);
  const picture = await takeLine(random, source, text, writing, spacingOf(random), level, 75);
  const { width, height } = picture;
  const pixels = await sharp(picture.bytes).toColourspace('b-w').raw().toBuffer();
  const size = { width, height, channels: 1 } as const;
  loops.begin(2 * roomForPage({ ...size, data: pixels }) + (1 << 24));
  const page = { width, height, data: loops.bytes(pixels.length) };
  page.data.set(pixels);
  const found = findLines(loops, page);
  if (!found) return [];
  return found.lines.flatMap((place) => {
    const line = lookAtLine(loops, page, found, place);
    const parts = takeApart(line.map, line.pieces, HIGH);
    const owned = ownersOf(picture, line, parts);
    return candidatesAmong(parts.atoms).flatMap((candidate) => {
      const label = labelOf(candidate, parts, owned, text.replaceAll(/\D/g, ''));
      if (label === undefined || (label === NO_DIGIT && random.next() > TAKEN)) return [];
      const atoms = parts.atoms.slice(candidate.from, candidate.to);
      return [{ label, pixels: frameAtoms(line.map, parts, atoms) }];
    });
  });
}

function spacingOf(random: Random): Spacing {
  const chance = random.next();
  if (chance < 0.62) return 'touching';
  if (chance < 0.8) return 'tight';
  return chance < 0.95 ? 'spaced' : 'wide';
}

interface Owners {
  /** How many pixels of each atom belong to each digit, counted from 1; 0 is none. */
  readonly byAtom: ReadonlyMap<number, Float64Array>;
  /** How many pixels each digit should have, and has. */
  readonly drawn: Float64Array;
  readonly seen: Float64Array;
}

function ownersOf(picture: LinePicture, { map, part, scale }: LineInk, parts: AtomMap): Owners {
  const digits = picture.boxes.length + 1;
  const byAtom = new Map(parts.atoms.map(({ id }) => [id, new Float64Array(digits)]));
  for (let y = 0, at = 0; y < map.height; y += 1) {
    for (let x = 0; x < map.width; x += 1, at += 1) {
      const own = byAtom.get(parts.atom[at]!);
      if (!own) continue;
      const column = Math.min(picture.width - 1, Math.floor((x + 0.5) / scale + part.left));
      const row = Math.min(picture.height - 1, Math.floor((y + 0.5) / scale + part.top));
      own[picture.owners[row * picture.width + column]!]! += 1;
    }
  }
  const drawn = new Float64Array(digits);
  for (const owner of picture.owners) drawn[owner]! += scale * scale;
  const seen = new Float64Array(digits);
  for (const own of byAtom.values()) own.forEach((count, digit) => (seen[digit]! += count));
  return { byAtom, drawn, seen };
}

/** Undefined where nobody could say. */
function labelOf(
  { from, to }: Candidate,
  { atoms }: AtomMap,
  { byAtom, drawn, seen }: Owners,
  text: string,
): number | undefined {
  const sums = new Float64Array(text.length + 1);
  for (const { id } of atoms.slice(from, to)) {
    byAtom.get(id)!.forEach((count, digit) => (sums[digit]! += count));
  }
  const [foreign = 0, ...ofDigits] = sums;
  const most = Math.max(...ofDigits);
  const best = ofDigits.indexOf(most) + 1;
  const total = ofDigits.reduce((sum, count) => sum + count, 0);
  if (total < foreign) return NO_DIGIT;
  const whole = Math.max(seen[best]!, 0.8 * drawn[best]!);
  const [own, others] = [most / whole, (total - most) / Math.max(1, whole)];
  if (own >= WHOLE.own && others <= WHOLE.others) return Number(text[best - 1]);
  return own >= DOUBTFUL.own && others <= DOUBTFUL.others ? undefined : NO_DIGIT;
}
