import type { Static } from 'typebox';
import { Closed } from '../schema.ts';
import { Type } from '../schema/builder.ts';

/** What both forms of the contract say in the same words: the input's size, and how its values are scaled. */
export const sharedFields = {
  width: Type.Integer({ minimum: 1, maximum: 4096, description: 'Input width in pixels.' }),
  height: Type.Integer({ minimum: 1, maximum: 4096, description: 'Input height in pixels.' }),
  channels: Type.Union([Type.Literal(1), Type.Literal(3)], {
    description: '1 = grey, 3 = colour.',
  }),
  colourSpace: Type.Union([Type.Literal('grey'), Type.Literal('rgb'), Type.Literal('bgr')]),
  canonicalise: Type.Union([Type.Literal('none'), Type.Literal('handwriting')], {
    description:
      'handwriting = find the ink and bring it into the frame of MNIST before anything else.',
  }),
  polarity: Type.Union(
    [Type.Literal('as-is'), Type.Literal('light-on-dark'), Type.Literal('dark-on-light')],
    { description: 'Invert when the border says the image has the other polarity.' },
  ),
  centring: Type.Union([Type.Literal('none'), Type.Literal('mass')]),
  scale: Type.Number({ exclusiveMinimum: 0, description: 'Factor on 0..255, usually 1/255.' }),
  mean: Type.Array(Type.Number(), {
    minItems: 1,
    maxItems: 3,
    description: 'Per channel in the order of colourSpace, after scale.',
  }),
  std: Type.Array(Type.Number({ exclusiveMinimum: 0 }), { minItems: 1, maxItems: 3 }),
} as const;

const { width, height, channels, colourSpace, canonicalise, polarity, centring } = sharedFields;
const { scale, mean, std } = sharedFields;

/** The first form of the contract: sharp resizes by `fit` while it decodes. Versions that have it keep its pixels. */
export const ContractOneSchema = Type.Object(
  {
    width,
    height,
    channels,
    colourSpace,
    fit: Type.Union([Type.Literal('fill'), Type.Literal('contain'), Type.Literal('cover')], {
      description:
        'fill = stretch; contain = keep the aspect and continue the border; cover = keep it and crop.',
    }),
    canonicalise,
    polarity,
    centring,
    scale,
    mean,
    std,
    alphaBackground: Type.Integer({
      minimum: 0,
      maximum: 255,
      description: 'Grey level under transparency.',
    }),
    exifRotation: Type.Boolean({ description: 'Turn the image upright first.' }),
  },
  {
    ...Closed,
    title: 'PreprocessingOne',
    description: 'The first form, without "contract": resized while it is decoded.',
  },
);
export type ContractOne = Static<typeof ContractOneSchema>;

/** The contract of the founding example: 28x28 grey, light ink on dark, 0..1. */
export const mnistPreprocessing: ContractOne = {
  width: 28,
  height: 28,
  channels: 1,
  colourSpace: 'grey',
  fit: 'fill',
  canonicalise: 'handwriting',
  polarity: 'as-is',
  centring: 'none',
  scale: 1 / 255,
  mean: [0],
  std: [1],
  alphaBackground: 255,
  exifRotation: true,
};
