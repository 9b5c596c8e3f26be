import { Check } from 'typebox/schema';
import { ContractTwoSchema, type ContractTwo, type Resize } from './contract-two.ts';
import { contractFault, formFault } from './fault.ts';
import type { Size } from './framing.ts';
import { plainContract, presetOf, type PresetName } from './presets.ts';
import type { RequestedPreprocessing } from './requested.ts';

/** A contract that holds together, or what is wrong with it, in words. */
export type Completed = { readonly contract: ContractTwo } | { readonly fault: string };

/** A contract by what is asked for: what the request names, then what its preset does, then what `base` has, whose size stays. */
export function completeContract(base: ContractTwo, asked: RequestedPreprocessing): Completed {
  const fault = presetFault(asked.preset, base);
  if (fault !== undefined) return { fault };
  const { preset, resize, crop, fit, alphaBackground, exifRotation, ...named } = asked;
  const begun = preset === undefined ? base : withPreset(base, preset);
  const { width, height, channels } = base;
  const frame = { width, height };
  const wish: RequestedResize = { ...(fit !== undefined && { mode: fit }), ...resize };
  const { crop: croppedBefore, page, read, ...uncropped } = begun;
  // No ink is looked for: then neither are a page and further digits, unless they are asked for in so many words.
  const isInk = (named.canonicalise ?? begun.canonicalise) === 'handwriting';
  const isKept = wish.mode === undefined || wish.mode === begun.resize.mode;
  const cropped = crop
    ? { size: frame, align: 'centre' as const, ...croppedBefore, ...crop }
    : isKept && croppedBefore;
  return checked({
    ...uncropped,
    ...(alphaBackground !== undefined && {
      alpha: { flatten: Array.from({ length: channels }, () => alphaBackground) },
    }),
    ...(exifRotation !== undefined && { exif: exifRotation ? 'apply' : 'ignore' }),
    ...(isInk && page && { page }),
    ...(isInk && read && { read }),
    ...named,
    resize: completeResize(begun.resize, wish, frame),
    ...(cropped && { crop: cropped }),
  });
}

function checked(value: unknown): Completed {
  if (!Check(ContractTwoSchema, value)) return { fault: formFault(value) ?? 'it has no form' };
  const fault = contractFault(value);
  return fault === undefined ? { contract: value } : { fault };
}

/** Why a preset is not one for images of this size; undefined when it is. */
function presetFault(
  name: PresetName | undefined,
  base: Pick<ContractTwo, 'width' | 'height' | 'channels'>,
): string | undefined {
  if (name === undefined) return undefined;
  const preset = presetOf(name);
  const sides = ['width', 'height', 'channels'] as const;
  const isOther = sides.some((side) => preset[side] !== undefined && preset[side] !== base[side]);
  const inWords = (size: Partial<ContractTwo>): string =>
    sides.map((side) => size[side] ?? base[side]).join('x');
  return isOther
    ? `the preset ${name} is for images of ${inWords(preset)}, and these become ${inWords(base)}`
    : undefined;
}

function withPreset(base: ContractTwo, name: PresetName): ContractTwo {
  const { width, height, channels } = base;
  // What a preset does not name is plain, whatever the version before did.
  return { ...plainContract(base), ...presetOf(name), width, height, channels };
}

type RequestedResize = NonNullable<RequestedPreprocessing['resize']>;

function completeResize(base: Resize, wish: RequestedResize, frame: Size) {
  const { mode = base.mode, kernel = base.kernel } = wish;
  const antialias = wish.antialias ?? (weighs(kernel) && (!weighs(base.kernel) || base.antialias));
  const isSide = mode === 'shorter-side' || mode === 'longer-side';
  const size = isSide ? Math.min(frame.width, frame.height) : frame;
  const pad = 'pad' in base ? base.pad : { colour: 'border', align: 'centre' };
  return {
    mode,
    size: wish.size ?? (mode === base.mode ? base.size : size),
    kernel,
    antialias,
    ...(wish.pad ? { pad: wish.pad } : (mode === 'contain' || mode === 'longer-side') && { pad }),
  };
}

const weighs = (kernel: Resize['kernel']): boolean =>
  kernel !== 'nearest' && kernel !== 'nearest-floor';
