import { describe, expect, it } from 'vitest';
import {
  plainPreprocessing,
  preparedOtherwise,
  preprocessingFor,
} from '../../src/datasets/preprocessing-for.ts';
import { mnistPreprocessing } from '../../src/signature.ts';

const grey = { width: 28, height: 28, channels: 1 } as const;
const colour = { width: 4, height: 2, channels: 3 } as const;
const none = { isHandwriting: false, asked: undefined };

describe('how images become examples when nothing is asked for', () => {
  it('is resizing alone, in grey or in colour', () => {
    expect(preprocessingFor(none, grey)).toEqual({ ...mnistPreprocessing, canonicalise: 'none' });
    expect(preprocessingFor(none, colour)).toEqual({
      ...mnistPreprocessing,
      ...colour,
      canonicalise: 'none',
      colourSpace: 'rgb',
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
  ])('is that of the version before for images of its size: %j', (shape, fit) => {
    const inherited = { ...plainPreprocessing(colour), fit: 'contain' as const };
    expect(preprocessingFor({ ...none, inherited }, shape)).toMatchObject({ ...shape, fit });
  });
});

describe('how images become examples when it is said', () => {
  it('is what the request says, then what a stored dataset says, then the rest', () => {
    const stored = {
      ...plainPreprocessing(grey),
      fit: 'contain' as const,
      centring: 'mass' as const,
    };
    const plan = { isHandwriting: true, asked: { fit: 'cover' as const } };
    expect(preprocessingFor(plan, grey, stored)).toEqual({ ...stored, fit: 'cover' });
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

describe('images that were stored', () => {
  const served = plainPreprocessing(grey);

  it('are as those sent to the model when they were decoded alike', () => {
    expect(preparedOtherwise(undefined, served)).toBeUndefined();
    expect(preparedOtherwise({ ...served, mean: [0.5], scale: 1 }, served)).toBeUndefined();
  });

  it('are told to be others, with what differs', () => {
    const stored = { ...served, fit: 'contain' as const, exifRotation: false };
    expect(preparedOtherwise(stored, served)).toBe(
      'The images of the stored dataset were prepared with fit contain, exifRotation false; those sent to the model are with fit fill, exifRotation true. Import them with that preprocessing for figures that hold.',
    );
  });
});
