import { Check } from 'typebox/schema';
import { isRecord } from '../json.ts';
import { problemOf } from '../schema.ts';
import { ContractOneSchema } from './contract-one.ts';
import { ContractTwoSchema, type ContractTwo } from './contract-two.ts';
import type { Preprocessing } from './contract.ts';
import type { Size } from './framing.ts';

/** What is wrong with the form of a contract, in words; undefined for one that has one of the two forms. */
export function formFault(value: unknown): string | undefined {
  const isTwo = isRecord(value) && Object.hasOwn(value, 'contract');
  const schema = isTwo ? ContractTwoSchema : ContractOneSchema;
  return Check(schema, value) ? undefined : problemOf(schema, value).sentence;
}

/** What does not hold together in a contract, in words: its steps must make what the model takes of every image. */
export function contractFault(contract: Preprocessing): string | undefined {
  const fault = channelsFault(contract);
  if (fault !== undefined || !('contract' in contract)) return fault;
  return (
    kernelFault(contract) ??
    sizeFault(contract) ??
    levelsFault(contract) ??
    alphaFault(contract) ??
    handwritingFault(contract)
  );
}

function channelsFault({ channels, colourSpace, mean, std }: Preprocessing): string | undefined {
  if (mean.length !== channels || std.length !== channels) {
    return `mean and std must have one number for each of ${channels} channels`;
  }
  return channels === (channelsOf[colourSpace] ?? 3)
    ? undefined
    : `${channels} channels cannot be ${colourSpace}`;
}

const channelsOf: Partial<Record<Preprocessing['colourSpace'], number>> = { grey: 1, rgba: 4 };

function kernelFault({ resize: { kernel, antialias } }: ContractTwo): string | undefined {
  return antialias && (kernel === 'nearest' || kernel === 'nearest-floor')
    ? `resize.antialias must be false for the kernel ${kernel}, which takes one pixel as it is`
    : undefined;
}

function sizeFault({ width, height, resize, crop }: ContractTwo): string | undefined {
  const input = `${width} x ${height}`;
  if (crop && inWords(crop.size) !== input) {
    return `crop.size is ${inWords(crop.size)}, and the model takes ${input}`;
  }
  if (resize.mode === 'shorter-side') {
    if (!crop) return 'resize.mode shorter-side makes images of many sizes: it needs a crop';
    return Math.max(width, height) <= resize.size
      ? undefined
      : `a crop of ${input} does not lie in images whose shorter side is ${resize.size}`;
  }
  if (resize.mode === 'longer-side') {
    if (crop) return 'resize.mode longer-side is padded to the size of the input: it takes no crop';
    return resize.size <= Math.min(width, height)
      ? undefined
      : `images whose longer side is ${resize.size} do not lie in the input of ${input}`;
  }
  const { size } = resize;
  if (!crop && inWords(size) !== input) {
    return `resize.size is ${inWords(size)}, and the model takes ${input}: it needs a crop`;
  }
  return size.width >= width && size.height >= height
    ? undefined
    : `a crop of ${input} does not lie in ${inWords(size)}`;
}

function levelsFault({ channels, resize, alpha }: ContractTwo): string | undefined {
  const pad = 'pad' in resize ? resize.pad.colour : 'border';
  const lists = {
    'resize.pad.colour': pad === 'border' ? undefined : pad,
    'alpha.flatten': typeof alpha === 'string' ? undefined : alpha.flatten,
  };
  const wrong = Object.entries(lists).find(([, levels]) => levels && levels.length !== channels);
  return wrong && `${wrong[0]} must have one level for each of ${channels} channels`;
}

/** Alpha that is kept is a channel; what looks at colours alone would move them away from it. */
function alphaFault(contract: ContractTwo): string | undefined {
  const { channels, alpha, canonicalise, polarity, centring } = contract;
  if ((channels === 4) !== (alpha === 'keep')) {
    return channels === 4
      ? 'alpha must be "keep" for rgba, whose fourth channel it is'
      : `alpha "keep" is for rgba, and not for ${channels} channels`;
  }
  if (channels !== 4) return undefined;
  return canonicalise === 'none' && polarity === 'as-is' && centring === 'none'
    ? undefined
    : 'rgba takes canonicalise "none", polarity "as-is" and centring "none"';
}

/** A digit that is found stands in a square frame of its own, of which nothing is to be cut off. */
function handwritingFault({ canonicalise, page, read, crop }: ContractTwo): string | undefined {
  if (canonicalise !== 'handwriting') {
    if (read === 'all')
      return 'read "all" is for canonicalise "handwriting": nothing else finds digits';
    return page === 'find'
      ? 'page "find" is for canonicalise "handwriting": nothing else looks for a page'
      : undefined;
  }
  return crop ? 'a crop would cut the frame that canonicalise "handwriting" makes' : undefined;
}

const inWords = ({ width, height }: Size): string => `${width} x ${height}`;
