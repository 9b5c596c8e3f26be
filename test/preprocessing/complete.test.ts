import { describe, expect, it } from 'vitest';
import { completeContract } from '../../src/preprocessing/complete.ts';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import { differencesOf, inWords } from '../../src/preprocessing/differences.ts';
import { contractFault, formFault } from '../../src/preprocessing/fault.ts';
import { plainContract, presetNames, presetOf } from '../../src/preprocessing/presets.ts';
import type { RequestedPreprocessing } from '../../src/preprocessing/requested.ts';
import { stepsOf } from '../../src/preprocessing/steps.ts';

const input = { width: 224, height: 224, channels: 3 } as const;
const base = plainContract(input);
const faultOf = (asked: RequestedPreprocessing, from = base): string | undefined => {
  const completed = completeContract(from, asked);
  return 'fault' in completed ? completed.fault : undefined;
};
const contractOf = (asked: RequestedPreprocessing, from = base) => {
  const completed = completeContract(from, asked);
  if ('fault' in completed) throw new Error(completed.fault);
  return completed.contract;
};

describe('a contract by what is asked for', () => {
  it('is what it would have been where nothing is said', () => {
    expect(contractOf({})).toEqual(base);
    const cropped = contractOf({ preset: 'imagenet-torchvision' });
    expect(contractOf({ exif: 'apply' }, cropped)).toEqual({ ...cropped, exif: 'apply' });
  });

  it('takes a part of resize and crop, and what goes with a mode', () => {
    const pad = { colour: 'border', align: 'centre' };
    expect(contractOf({ resize: { mode: 'contain', kernel: 'cubic' } }).resize).toEqual({
      mode: 'contain',
      size: { width: 224, height: 224 },
      kernel: 'cubic',
      antialias: true,
      pad,
    });
    const nearest = contractOf({ resize: { kernel: 'nearest' } });
    expect(nearest.resize).toMatchObject({ kernel: 'nearest', antialias: false });
    expect(contractOf({ resize: { kernel: 'linear' } }, nearest).resize.antialias).toBe(true);
    const shorter = contractOf({ resize: { mode: 'shorter-side', size: 256 }, crop: {} });
    expect(shorter.crop).toEqual({ size: { width: 224, height: 224 }, align: 'centre' });
    expect(contractOf({ resize: { mode: 'fill' } }, shorter)).not.toHaveProperty('crop');
    expect(contractOf({ resize: { mode: 'longer-side' } }).resize).toMatchObject({
      size: 224,
      pad,
    });
  });

  it('keeps that every digit is read as long as ink is looked for', () => {
    const digits = plainContract({ width: 28, height: 28, channels: 1 });
    const all = contractOf({ preset: 'handwriting', read: 'all' }, digits);
    expect(all).toMatchObject({ canonicalise: 'handwriting', read: 'all' });
    expect(contractOf({ exif: 'ignore' }, all).read).toBe('all');
    expect(contractOf({ canonicalise: 'none' }, all)).not.toHaveProperty('read');
    expect(faultOf({ read: 'all' }, digits)).toMatch(/^read "all" is for canonicalise/);
    expect(inWords(all)).toMatch(/, read all$/);
    expect(differencesOf(all, { ...all, read: 'one' })).toEqual(['read']);
    const { read, ...unsaid } = all;
    expect(differencesOf({ ...all, read: 'one' }, unsaid)).toEqual([]);
    expect(read).toBe('all');
  });

  it('understands the words of the first form', () => {
    const asked = { fit: 'cover', alphaBackground: 7, exifRotation: false } as const;
    expect(contractOf(asked)).toEqual({
      ...base,
      resize: { ...base.resize, mode: 'cover' },
      alpha: { flatten: [7, 7, 7] },
      exif: 'ignore',
    });
  });

  it.each([
    [{ resize: { kernel: 'nearest', antialias: true } }, /antialias must be false .* nearest/],
    [{ resize: { kernel: 'nearest-floor', antialias: true } }, /nearest-floor/],
    [{ resize: { mode: 'shorter-side', size: 256 } }, /needs a crop/],
    [{ resize: { mode: 'shorter-side', size: 200 }, crop: {} }, /does not lie in images whose/],
    [{ resize: { mode: 'longer-side', size: 225 } }, /do not lie in the input of 224 x 224/],
    [{ resize: { mode: 'longer-side' }, crop: {} }, /takes no crop/],
    [
      { resize: { size: { width: 256, height: 256 } } },
      /the model takes 224 x 224: it needs a crop/,
    ],
    [{ resize: { size: { width: 256, height: 100 } }, crop: {} }, /does not lie in 256 x 100/],
    [{ crop: { size: { width: 9, height: 9 } } }, /crop\.size is 9 x 9, and the model takes/],
    [{ resize: { size: 256 } }, /"resize\.size"/],
    [{ alpha: { flatten: [255] } }, /alpha\.flatten must have one level for each of 3/],
    [
      { resize: { mode: 'contain', pad: { colour: [1], align: 'centre' } } },
      /resize\.pad\.colour must have one level for each of 3/,
    ],
    [{ canonicalise: 'handwriting', resize: { mode: 'cover' }, crop: {} }, /would cut the frame/],
    [{ colourSpace: 'grey' }, /3 channels cannot be grey/],
    [{ mean: [0] }, /mean and std must have one number/],
    [{ preset: 'mnist' }, /mnist is for images of 28x28x1, and these become 224x224x3/],
  ] as const satisfies (readonly [RequestedPreprocessing, RegExp])[])(
    'is refused where it does not hold together: %j',
    (asked, reason) => {
      expect(faultOf(asked)).toMatch(reason);
    },
  );
});

/** What a preset makes of a level, channel by channel. */
const scaled = (name: (typeof presetNames)[number], level: number): number[] => {
  const { scale, mean, std } = contractOf({ preset: name });
  return mean.map((one, at) => (level * scale - one) / std[at]!);
};

describe('a preset', () => {
  it('is whole: nothing of the version before stays in it', () => {
    const shape = { width: 224, height: 224, channels: 3 } as const;
    const before = contractOf({ preset: 'imagenet-torchvision', polarity: 'light-on-dark' });
    expect(before).toHaveProperty('crop');
    expect(contractOf({ preset: 'plain' }, before)).toEqual(plainContract(shape));
    const digits = plainContract({ width: 28, height: 28, channels: 1 });
    const found = contractOf({ preset: 'handwriting' }, digits);
    expect(contractOf({ preset: 'plain' }, found)).toEqual(digits);
  });

  it.each(presetNames)('holds together: %s', (name) => {
    const { width = 28, height = 28, channels = 1 } = presetOf(name);
    const contract = contractOf({ preset: name }, plainContract({ width, height, channels }));
    expect([formFault(contract), contractFault(contract)]).toEqual([undefined, undefined]);
    expect(contract).toMatchObject(presetOf(name));
  });

  it('of ImageNet scales as its library does', () => {
    expect(scaled('imagenet-keras-caffe', 100)).toEqual([
      100 - 103.939,
      100 - 116.779,
      100 - 123.68,
    ]);
    expect(scaled('imagenet-keras-tf', 255)).toEqual([1, 1, 1]);
    expect(scaled('imagenet-keras-tf', 0)).toEqual([-1, -1, -1]);
    expect(scaled('imagenet-keras-torch', 0)[0]).toBeCloseTo(-0.485 / 0.229, 12);
    expect(scaled('imagenet-torchvision', 255)[2]).toBeCloseTo((1 - 0.406) / 0.225, 12);
  });
});

describe('a contract of the first form', () => {
  it('says the same in the words of the second', () => {
    const { fit, alphaBackground, exifRotation, ...shared } = mnistPreprocessing;
    expect([fit, alphaBackground, exifRotation]).toEqual(['fill', 255, true]);
    expect(stepsOf(mnistPreprocessing)).toEqual({
      contract: 2,
      ...shared,
      resize: {
        mode: 'fill',
        size: { width: 28, height: 28 },
        kernel: 'lanczos3',
        antialias: true,
      },
      icc: 'apply',
      alpha: { flatten: [255] },
      exif: 'apply',
    });
    expect(stepsOf({ ...mnistPreprocessing, fit: 'contain', exifRotation: false })).toMatchObject({
      resize: { mode: 'contain', pad: { colour: 'border', align: 'centre' } },
      exif: 'ignore',
    });
    expect(stepsOf(base)).toBe(base);
  });

  it('is told by its own fields when it is neither form', () => {
    expect(formFault({ ...mnistPreprocessing, fit: 'crop' })).toContain('"fit"');
    expect(formFault({ ...base, fit: 'fill' })).toContain('no field called "fit"');
    expect(formFault({ ...base, contract: 3 })).toContain('"contract"');
    expect(formFault(7)).toContain('must be object');
  });
});
