import type { Static } from 'typebox';
import { Closed } from '../schema.ts';
import { Type } from '../schema/builder.ts';
import { ContractOneSchema } from './contract-one.ts';
import {
  AlignSchema,
  antialias,
  ContractTwoSchema,
  kernel,
  PadSchema,
  side,
  SizeSchema,
} from './contract-two.ts';
import { presetNames } from './presets.ts';

const RequestedResizeSchema = Type.Partial(
  Type.Object({
    mode: Type.Enum(['fill', 'contain', 'cover', 'shorter-side', 'longer-side'], {
      description:
        'fill = stretch; contain = keep the aspect and pad; cover = keep it and cut; shorter-side, longer-side = keep it, one side has the size.',
    }),
    size: Type.Union([side, SizeSchema], {
      title: 'RequestedSize',
      description:
        'A number for shorter-side and longer-side. By default that of the input, where that is one.',
    }),
    kernel,
    antialias,
    pad: PadSchema,
  }),
  {
    ...Closed,
    title: 'RequestedResize',
    description: 'What is left out: fill, linear, with antialias; padded with the border.',
  },
);

const RequestedCropSchema = Type.Partial(Type.Object({ size: SizeSchema, align: AlignSchema }), {
  ...Closed,
  title: 'RequestedCrop',
  description: 'By default of the size of the input, from the centre.',
});

const { contract, icc, alpha, exif, shrinkOnLoadFrom } = ContractTwoSchema.properties;
const { colourSpace, canonicalise, page, read, polarity, centring } = ContractTwoSchema.properties;
const { scale, mean, std } = ContractTwoSchema.properties;
const { fit, alphaBackground, exifRotation } = ContractOneSchema.properties;

const was = (word: string) => `The earlier word for ${word}.`;

/** The fields in which it may be said how images are prepared. */
const requestedFields = Type.Object({
  preset: Type.Enum([...presetNames], { description: 'A contract by its name.' }),
  contract,
  colourSpace,
  resize: RequestedResizeSchema,
  crop: RequestedCropSchema,
  icc,
  alpha,
  exif,
  canonicalise,
  page,
  read,
  polarity,
  centring,
  scale,
  mean,
  std,
  shrinkOnLoadFrom,
  fit: { ...fit, description: was('resize.mode') },
  alphaBackground: { ...alphaBackground, description: was('alpha.flatten') },
  exifRotation: { ...exifRotation, description: was('exif') },
});

/** What a request may say about how its images are prepared. */
export const RequestedPreprocessingSchema = Type.Partial(requestedFields, {
  title: 'RequestedPreprocessing',
  ...Closed,
  description:
    'How images sent to the model become what the dataset holds. By default as for the version before, else resized; the digits of MNIST and of our samples are also brought into the frame of MNIST.',
});
export type RequestedPreprocessing = Static<typeof RequestedPreprocessingSchema>;
