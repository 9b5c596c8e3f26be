import { describe, expect, it } from 'vitest';
import { preparedOtherwise, preprocessingFor } from '../../src/datasets/preprocessing-for.ts';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import { withMode } from '../support/contracts.ts';

const grey = { width: 28, height: 28, channels: 1 } as const;
const colour = { width: 4, height: 2, channels: 3 } as const;
const none = { isHandwriting: false, asked: undefined };

describe('how images become examples when nothing is asked for', () => {
  it('is resizing alone, in grey or in colour', () => {
    expect(preprocessingFor(none, grey)).toEqual({
      contract: 2,
      ...grey,
      colourSpace: 'grey',
      resize: { mode: 'fill', size: { width: 28, height: 28 }, kernel: 'linear', antialias: true },
      icc: 'apply',
      alpha: { flatten: [255] },
      exif: 'apply',
      canonicalise: 'none',
      polarity: 'as-is',
      centring: 'none',
      scale: 1 / 255,
      mean: [0],
      std: [1],
    });
    expect(preprocessingFor(none, colour)).toMatchObject({
      ...colour,
      colourSpace: 'rgb',
      resize: { mode: 'fill', size: { width: 4, height: 2 } },
      alpha: { flatten: [255, 255, 255] },
      mean: [0, 0, 0],
      std: [1, 1, 1],
    });
  });

  it.each([
    [grey, 'handwriting'],
    [{ ...grey, width: 27 }, 'none'],
    [{ ...grey, height: 27 }, 'none'],
    [{ ...grey, channels: 3 as const }, 'none'],
  ])('brings digits into the frame of MNIST where %j is one: %s', (shape, canonicalise) => {
    expect(preprocessingFor({ ...none, isHandwriting: true }, shape)).toMatchObject({
      ...shape,
      canonicalise,
    });
  });

  it.each([
    [colour, 'contain'],
    [{ ...colour, width: 5 }, 'fill'],
    [{ ...colour, height: 3 }, 'fill'],
    [{ ...colour, channels: 1 as const }, 'fill'],
  ])('is that of the version before for images of its size: %j', (shape, mode) => {
    const inherited = withMode(plainContract(colour), 'contain');
    expect(preprocessingFor({ ...none, inherited }, shape)).toMatchObject({
      ...shape,
      resize: { mode },
    });
  });
});

describe('how images become examples when it is said', () => {
  it('is what the request says, then what a stored dataset says, then the rest', () => {
    const stored = { ...withMode(plainContract(grey), 'contain'), centring: 'mass' as const };
    const plan = { isHandwriting: true, asked: { fit: 'cover' as const } };
    expect(preprocessingFor(plan, grey, stored)).toEqual(withMode(stored, 'cover'));
  });

  it.each([
    [grey, { colourSpace: 'rgb' as const }, 'colourSpace', '"rgb" does not go with 1 channel'],
    [colour, { colourSpace: 'grey' as const }, 'colourSpace', 'go with 3 channels'],
    [grey, { mean: [0, 0, 0] }, 'mean', 'a list of 3 does not go with 1 channel'],
    [colour, { std: [1] }, 'std', 'a list of 1 does not go with 3 channels'],
  ])('is refused where it does not go with %j: %j', (shape, asked, name, reason) => {
    let refused: unknown;
    try {
      preprocessingFor({ ...none, asked }, shape);
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({
      code: 'GLIMPSE_HYPERPARAMETER_INVALID',
      message: expect.stringMatching(new RegExp(`preprocessing\\.${name}.*${reason}(?!s)`)),
    });
  });
});

describe('a preset that a request names', () => {
  it('is what it says, and what the request names beside it', () => {
    const asked = { preset: 'handwriting', exif: 'ignore' } as const;
    expect(preprocessingFor({ ...none, asked }, grey)).toEqual({
      ...plainContract(grey),
      canonicalise: 'handwriting',
      page: 'find',
      alpha: 'ink',
      exif: 'ignore',
    });
  });

  it('is refused for images of another size', () => {
    const asked = { preset: 'imagenet-keras-tf' } as const;
    expect(() => preprocessingFor({ ...none, asked }, colour)).toThrow(
      'The hyperparameter preprocessing is not valid: the preset imagenet-keras-tf is for images of 224x224x3, and these become 4x2x3',
    );
  });

  it('keeps the words of the first form that the version before had', () => {
    const inherited = { ...mnistPreprocessing, fit: 'contain' } as const;
    expect(preprocessingFor({ ...none, inherited }, grey)).toMatchObject({
      contract: 2,
      resize: { mode: 'contain', kernel: 'lanczos3' },
      canonicalise: 'handwriting',
      alpha: { flatten: [255] },
    });
  });
});

describe('images that were stored', () => {
  const served = plainContract(grey);

  it('are as those sent to the model when they were decoded alike', () => {
    expect(preparedOtherwise(undefined, served)).toBeUndefined();
    expect(preparedOtherwise({ ...served, mean: [0.5], scale: 1 }, served)).toBeUndefined();
    expect(preparedOtherwise(served, { ...served, read: 'all' })).toBeUndefined();
  });

  it('are told to be others, with what differs', () => {
    const stored = { ...withMode(served, 'cover'), exif: 'ignore' as const };
    expect(preparedOtherwise(stored, served)).toBe(
      'The images of the stored dataset were prepared with resize.mode cover, exif ignore; those sent to the model are with resize.mode fill, exif apply. Import them with that preprocessing for figures that hold.',
    );
  });
});
