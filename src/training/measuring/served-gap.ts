import { errors, withDetails } from '../../errors.ts';
import type { Preprocessing } from '../../preprocessing/contract.ts';
import type { Misreading } from './as-sent.ts';
import type { SentForm } from './choose-sent.ts';
import { chanceOf } from './mcnemar.ts';

/** How examples did as they were read, and as images that went through the serving path. */
export interface ServedComparison {
  readonly images: number;
  /** Right as they were read. */
  readonly right: number;
  /** Answered right as images. */
  readonly served: number;
  /** Right as they were read, and answered wrongly as images. */
  readonly lost: number;
  /** The other way round. */
  readonly gained: number;
  /** The same by how they were sent. */
  readonly forms: Partial<Record<SentForm, { images: number; right: number; served: number }>>;
}

/** A gap as likely by chance is none. Every version is tried once, so that one in a thousand would be refused for nothing. */
const CHANCE = 0.001;

/** Whether images are answered worse than the examples they show, beyond chance. */
export function isBeyondChance({ lost, gained }: ServedComparison): boolean {
  return chanceOf(lost, gained) < CHANCE;
}

/** What was found by sending examples, and what they were taken for where they look like something else. */
interface Found {
  readonly comparison: ServedComparison;
  readonly misreading: Misreading | undefined;
  /** The code that an image was refused with. */
  readonly refusal: string | undefined;
}

/** GLIMPSE_SERVED_GAP with the figures and the likeliest reason. */
export function servedGap(found: Found, preprocessing: Preprocessing): Error {
  const { images, right, served } = found.comparison;
  const reason = reasonOf(found, preprocessing);
  const error = new errors.GLIMPSE_SERVED_GAP(right, images, served, reason);
  return withDetails(error, { ...found.comparison, reason });
}

/** The same of a version that is there already, where nothing is refused. */
export function servedGapNote(found: Found, preprocessing: Preprocessing): string {
  const { images, right, served } = found.comparison;
  return `Of the examples ${right} of ${images} are right as they were read, and ${served} when they are sent as images. Likely: ${reasonOf(found, preprocessing)}.`;
}

/** The settings by which images are changed before a model sees them, while numbers are taken as they are. */
const CHANGING = { canonicalise: 'none', polarity: 'as-is', centring: 'none' } as const;
type Changing = keyof typeof CHANGING;

function reasonOf(
  { comparison: { forms }, misreading, refusal }: Found,
  preprocessing: Preprocessing,
): string {
  if (refusal !== undefined) return `images of them are refused with ${refusal}`;
  if (misreading?.kind === 'dark') {
    return `no value of the dataset is above ${misreading.greatest}, and white in images is 255; say what white is: dataset.range (--range)`;
  }
  if (misreading?.kind === 'planes') {
    return 'its colour images look like one plane for each channel, and were read as pixels whose channels lie together; say dataset.layout: "chw" (--layout)';
  }
  const names: readonly Changing[] = ['canonicalise', 'polarity', 'centring'];
  const changing = names.filter((name) => preprocessing[name] !== CHANGING[name]);
  if (changing.length > 0) {
    const listed = changing.map((name) => `${name} "${preprocessing[name]}"`).join(', ');
    const asked = changing.map((name) => `"${name}": "${CHANGING[name]}"`).join(', ');
    return `images sent to it are prepared with ${listed}, which the examples do not fit; say preprocessing {${asked}} when it is trained, or give the dataset as images`;
  }
  const losing = Object.entries(forms).filter(([, { right, served }]) => served < right);
  return losing.length === 1 && losing[0]![0] === 'jpeg'
    ? 'only JPEG loses: what it goes by is too fine for JPEG to keep'
    : 'its images do not become the pixels it has learnt from';
}
