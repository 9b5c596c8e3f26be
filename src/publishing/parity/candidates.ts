import { canonicalJson } from '../../json.ts';
import { completeContract } from '../../preprocessing/complete.ts';
import type { Align, ContractTwo } from '../../preprocessing/contract-two.ts';
import { plainContract, presetOf } from '../../preprocessing/presets.ts';
import type { RequestedPreprocessing } from '../../preprocessing/requested.ts';
import { readingWords, type Picture, type ReadingWord } from './picture.ts';

/** The contracts that are tried: what trainers do, in the words of the contract, less what is known already. */

type Frame = Pick<ContractTwo, 'width' | 'height' | 'channels'>;

/** Everything that is said about a contract, a preset by its words. */
export function spelledOut({ preset, ...asked }: RequestedPreprocessing): RequestedPreprocessing {
  if (preset === undefined) return asked;
  const { width: _width, height: _height, channels: _channels, ...words } = presetOf(preset);
  return {
    ...words,
    ...asked,
    ...(words.resize && { resize: { ...words.resize, ...asked.resize } }),
  };
}

/** Whole contracts of some parts, where `known` goes before; parts that do not go together are left out. */
export function contractsOf(
  frame: Frame,
  known: RequestedPreprocessing,
  parts: readonly RequestedPreprocessing[],
): ContractTwo[] {
  const found = new Map<string, ContractTwo>();
  for (const part of parts) {
    const resize = { ...part.resize, ...known.resize };
    const completed = completeContract(plainContract(frame), { ...part, ...known, resize });
    if ('contract' in completed) found.set(canonicalJson(completed.contract), completed.contract);
  }
  return [...found.values()];
}

/** The same part with each of some others. */
export function combined(
  parts: readonly RequestedPreprocessing[],
  others: readonly RequestedPreprocessing[],
): RequestedPreprocessing[] {
  return parts.flatMap((part) =>
    others.map((other) => ({ ...part, ...other, resize: { ...part.resize, ...other.resize } })),
  );
}

/** Shares of the resized image that are cropped: 224 of 256, as timm's `crop_pct`, and those of torchvision's weights. */
const CROP_SHARES = [0.875, 0.9, 0.94, 0.95, 0.96, 0.98, 224 / 232, 224 / 246, 0.8];
/** What is laid around an image: its border, black, white and the greys of YOLO, TensorFlow and ImageNet's mean. */
const PAD_LEVELS = [
  [0, 0, 0],
  [114, 114, 114],
  [127, 127, 127],
  [128, 128, 128],
  [255, 255, 255],
  [124, 116, 104],
];

/** How an image is brought to the frame: stretched, cropped or padded. */
export function framings(frame: Frame): RequestedPreprocessing[] {
  const { width, height } = frame;
  const sides = new Set(
    CROP_SHARES.flatMap((share) => {
      const side = Math.min(width, height) / share;
      return [Math.floor(side), Math.round(side)];
    }),
  );
  return [
    { resize: { mode: 'fill' } },
    { resize: { mode: 'cover' } },
    ...[...sides].flatMap((side) => croppedFramings(frame, side)),
    ...(['centre', 'top-left'] as const).flatMap((align) =>
      padsOf(frame, align).map((pad) => ({ resize: { mode: 'contain' as const, pad } })),
    ),
  ];
}

/** What may be laid around an image. */
export function padsOf({ channels }: Frame, align: Align) {
  const colours = ['border' as const, ...PAD_LEVELS.map((levels) => levels.slice(0, channels))];
  return colours.map((colour) => ({ colour, align }));
}

/** An image of that side of which the middle is kept: by its shorter side, or stretched. */
export function croppedFramings({ width, height }: Frame, side: number): RequestedPreprocessing[] {
  const shorter = Math.min(width, height);
  if (side <= shorter || side < Math.max(width, height)) return [];
  const crop = { align: 'centre' as const };
  const stretched = {
    width: Math.round((side * width) / shorter),
    height: Math.round((side * height) / shorter),
  };
  return [
    { resize: { mode: 'shorter-side', size: side }, crop },
    { resize: { mode: 'fill', size: stretched }, crop },
  ];
}

/** How pixels are weighed. */
export const filters: readonly RequestedPreprocessing[] = [
  { resize: { kernel: 'linear', antialias: true } },
  { resize: { kernel: 'nearest', antialias: false } },
  { resize: { kernel: 'linear', antialias: false } },
  { resize: { kernel: 'cubic', antialias: true } },
  { resize: { kernel: 'lanczos3', antialias: true } },
  { resize: { kernel: 'nearest-floor', antialias: false } },
  { resize: { kernel: 'cubic-0.75', antialias: false } },
  { resize: { kernel: 'cubic', antialias: false } },
  { resize: { kernel: 'lanczos3', antialias: false } },
];

/** How files are read, in the ways that some picture minds. */
export function readings(
  pictures: readonly Picture[],
  { channels }: Frame,
): RequestedPreprocessing[] {
  const level = (value: number) => ({ flatten: Array.from({ length: channels }, () => value) });
  const values = {
    icc: ['apply', 'ignore'],
    exif: ['apply', 'ignore'],
    alpha: [level(255), level(0), 'drop'],
  } as const;
  let parts: RequestedPreprocessing[] = [{}];
  for (const word of readingWords) {
    if (!isMinded(pictures, word)) continue;
    parts = parts.flatMap((part) => values[word].map((value) => ({ ...part, [word]: value })));
  }
  return parts;
}

/** Whether any picture can tell what a word is to be. */
export function isMinded(pictures: readonly Picture[], word: ReadingWord): boolean {
  return pictures.some((picture) => picture.minds(word));
}
