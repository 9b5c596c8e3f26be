import { Type, type Static } from 'typebox';

/**
 * What a model takes and gives. It travels in the manifest, so a version knows how its own input is
 * made; training and serving execute the same contract through `image/`.
 */
const Closed = { additionalProperties: false };

export const PreprocessingSchema = Type.Object(
  {
    width: Type.Integer({ minimum: 1, maximum: 4096, description: 'Input width in pixels.' }),
    height: Type.Integer({ minimum: 1, maximum: 4096, description: 'Input height in pixels.' }),
    channels: Type.Union([Type.Literal(1), Type.Literal(3)], {
      description: '1 = grey, 3 = colour.',
    }),
    colourSpace: Type.Union([Type.Literal('grey'), Type.Literal('rgb'), Type.Literal('bgr')]),
    fit: Type.Union([Type.Literal('fill'), Type.Literal('contain'), Type.Literal('cover')], {
      description: 'fill = stretch; contain = keep the aspect and pad; cover = keep it and crop.',
    }),
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
      description: 'Per channel, after scale.',
    }),
    std: Type.Array(Type.Number({ exclusiveMinimum: 0 }), { minItems: 1, maxItems: 3 }),
    alphaBackground: Type.Integer({
      minimum: 0,
      maximum: 255,
      description: 'Grey level under transparency.',
    }),
    exifRotation: Type.Boolean({ description: 'Turn the image upright first.' }),
  },
  Closed,
);
export type Preprocessing = Static<typeof PreprocessingSchema>;

export const SignatureSchema = Type.Object(
  {
    input: Type.Object(
      {
        name: Type.String(),
        dtype: Type.Literal('float32'),
        layout: Type.Union([Type.Literal('NCHW'), Type.Literal('NHWC'), Type.Literal('NC')]),
        shape: Type.Array(Type.Integer({ minimum: 1 }), {
          minItems: 1,
          maxItems: 3,
          description: 'Of one example, without the batch axis.',
        }),
      },
      Closed,
    ),
    output: Type.Object(
      {
        name: Type.String(),
        kind: Type.Union([Type.Literal('logits'), Type.Literal('probabilities')]),
      },
      Closed,
    ),
    classes: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
      minItems: 2,
      maxItems: 100_000,
    }),
  },
  Closed,
);
export type Signature = Static<typeof SignatureSchema>;

/** The contract of the founding example: 28x28 grey, light ink on dark, 0..1. */
export const mnistPreprocessing: Preprocessing = {
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
