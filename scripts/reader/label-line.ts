import { inContext, NO_DIGIT } from '../../src/image/handwriting/digit-net.ts';
import { candidatesAmong, type Candidate } from '../../src/image/reading/candidates.ts';
import { takeApart, type Atom, type AtomMap } from '../../src/image/reading/atoms.ts';
import { frameAtoms } from '../../src/image/reading/frame-atoms.ts';
import { HIGH } from '../../src/image/reading/line-ink.ts';
import type { Parting } from '../../src/image/reading/partings.ts';
import { frameParting, howLikelyParted } from '../../src/image/reading/parting-net.ts';
import type { Random } from '../../src/random.ts';
import type { SeenLine } from './draw-lines.ts';

/** 784 pixels as a net is shown them, and what it should say. */
export interface LabelledFrame {
  readonly pixels: Uint8Array;
  readonly label: number;
}

/**
 * Two digits are parted well where so much more ink than at the best place between them is on the wrong side, as a part of the lighter of
 * both, or so little; badly with more than the second; and nowhere with more than the last. Between these nobody could say.
 */
const PARTED = { more: 0.03, well: 0.05, badly: 0.1, nowhere: 0.35 };
/** A digit is whole with so much of its ink, and with at most so much of others'. Between these and the next it is left out. */
const WHOLE = { own: 0.88, others: 0.12 };
const DOUBTFUL = { own: 0.78, others: 0.25 };
/** What has so much more of a digit's ink than of others', and nearly as much as the best that there is of it, is whole, too. */
const BEST = { least: 0.55, less: 0.05 };
/** Partings less likely than this are not looked at any further, but for a few. */
const UNLIKELY = 0.01;
const FEW = 0.04;
/** Such shares are taken of what might be digits, and of those that are none once more: there is much of it. */
const TAKEN = 0.65;
const TAKEN_OF_NONE = 0.6;

/** Every place where a line might be parted, and whether it should be. */
export function labelledPartings(line: SeenLine): LabelledFrame[] {
  const parts = takeApart(line.map, line.pieces, HIGH);
  const owners = ownersOf(line, parts);
  const inner = parts.partings.slice(1, -1);
  const places = inner.map((parting) => placeOf(parting, parts.atoms, owners));
  const least = new Map<number, number>();
  for (const { between, astray } of places) {
    least.set(between, Math.min(astray, least.get(between) ?? PARTED.nowhere));
  }
  return inner.flatMap((parting, at) => {
    const { between, astray } = places[at]!;
    const best = least.get(between)!;
    const isWell = astray <= Math.max(PARTED.well, best + PARTED.more);
    const isBad = astray > best + PARTED.badly;
    const label = astray > PARTED.nowhere || isBad ? 0 : isWell ? 1 : undefined;
    return label === undefined ? [] : [{ pixels: frameParting(line.map, parts, parting), label }];
  });
}

/** What lies between likely partings, and which digit it is. */
export function labelledCandidates(line: SeenLine, random: Random): LabelledFrame[] {
  const parts = takeApart(line.map, line.pieces, HIGH);
  const owners = ownersOf(line, parts);
  const last = parts.partings.length - 1;
  const likely = parts.partings.filter(
    (parting, at) =>
      at === 0 ||
      at === last ||
      howLikelyParted(line.map, parts, parting) >= UNLIKELY ||
      random.next() < FEW,
  );
  const candidates = candidatesAmong(parts.atoms, likely).filter(({ isLikely }) => isLikely);
  const shares = candidates.map((candidate) => shareOf(candidate, line, owners));
  const best = new Map<number, number>();
  for (const share of shares) {
    if (!share) continue;
    const more = share.own - share.others;
    best.set(share.digit, Math.max(more, best.get(share.digit) ?? 0));
  }
  return candidates.flatMap((candidate, at) => {
    if (random.next() >= TAKEN) return [];
    const share = shares[at];
    const label = share ? labelOf(share, best.get(share.digit)!, line.text) : NO_DIGIT;
    if (label === undefined || (label === NO_DIGIT && random.next() >= TAKEN_OF_NONE)) return [];
    const { pixels, others } = frameAtoms(line.map, parts, candidate.atoms);
    return [{ pixels: inContext(pixels, others), label }];
  });
}

/** How many pixels of each digit, counted from 1, there are in each atom and in all. */
interface Owners {
  readonly ofAtom: (atom: Atom) => Float64Array;
  readonly all: Float64Array;
}

function ownersOf({ drawn, owners }: SeenLine, { atoms, atom }: AtomMap): Owners {
  const byAtom = new Map(atoms.map(({ id }) => [id, new Float64Array(drawn.length)]));
  const all = new Float64Array(drawn.length);
  for (let at = 0; at < atom.length; at += 1) {
    if (atom[at] === 0) continue;
    byAtom.get(atom[at]!)![owners[at]!]! += 1;
    all[owners[at]!]! += 1;
  }
  return { ofAtom: ({ id }) => byAtom.get(id)!, all };
}

/** After which digit a parting is, and how much ink is on its wrong side then, as a part of the lighter digit beside it. */
function placeOf(
  parting: Parting,
  atoms: readonly Atom[],
  { ofAtom, all }: Owners,
): { between: number; astray: number } {
  const left = new Float64Array(all.length);
  for (const atom of atoms) {
    if (parting.isLeft(atom)) ofAtom(atom).forEach((count, digit) => (left[digit]! += count));
  }
  let best = { between: 0, astray: Infinity };
  for (let between = 1; between < all.length - 1; between += 1) {
    let ink = 0;
    for (let digit = 1; digit < all.length; digit += 1) {
      ink += digit <= between ? all[digit]! - left[digit]! : left[digit]!;
    }
    const astray = ink / Math.max(1, Math.min(all[between]!, all[between + 1]!));
    if (astray < best.astray) best = { between, astray };
  }
  return best;
}

/** The digit that most of a candidate's ink is of, counted from 1, how much of it that is, and how much of others, as parts of that digit. */
interface Share {
  readonly digit: number;
  readonly own: number;
  readonly others: number;
}

/** Undefined where most of its ink is of no digit. */
function shareOf(
  { atoms }: Candidate,
  { drawn }: SeenLine,
  { ofAtom, all }: Owners,
): Share | undefined {
  const sums = new Float64Array(all.length);
  for (const atom of atoms) ofAtom(atom).forEach((count, digit) => (sums[digit]! += count));
  const [foreign = 0, ...ofDigits] = sums;
  const most = Math.max(...ofDigits);
  const digit = ofDigits.indexOf(most) + 1;
  const total = ofDigits.reduce((sum, count) => sum + count, 0);
  if (total < foreign) return undefined;
  const whole = Math.max(1, all[digit]!, 0.8 * drawn[digit]!);
  return { digit, own: most / whole, others: (total - most) / whole };
}

/** Undefined where nobody could say. */
function labelOf({ digit, own, others }: Share, best: number, text: string): number | undefined {
  const more = own - others;
  const isBest = more >= BEST.least && more >= best - BEST.less;
  if (isBest || (own >= WHOLE.own && others <= WHOLE.others)) return Number(text[digit - 1]);
  return own >= DOUBTFUL.own && others <= DOUBTFUL.others ? undefined : NO_DIGIT;
}
