import type { Static } from 'typebox';
import { Closed } from '../schema.ts';
import { Type } from '../schema/builder.ts';
import { sharedFields } from './contract-one.ts';

export const side = Type.Integer({ minimum: 1, maximum: 8192 });
export const SizeSchema = Type.Object(
  { width: side, height: side },
  { ...Closed, title: 'PixelSize' },
);
const levels = Type.Array(Type.Integer({ minimum: 0, maximum: 255 }), {
  minItems: 1,
  maxItems: 4,
  description: 'Per channel in the order of colourSpace, 0 to 255.',
});
export const AlignSchema = Type.Enum(['centre', 'top-left'], {
  description:
    'Where it lies. A crop in the centre begins at half of what is left over, rounded to even as torchvision does; a pad at half of it, rounded down.',
});

export const kernel = Type.Enum(
  ['nearest', 'nearest-floor', 'linear', 'cubic', 'cubic-0.75', 'lanczos3'],
  {
    description:
      'linear is bilinear, cubic bicubic, as in Pillow, Keras and TensorFlow. nearest-floor and cubic-0.75 are what OpenCV calls nearest and cubic.',
  },
);
export const antialias = Type.Boolean({
  description:
    'Whether the kernel grows with the factor by which an image shrinks, as in Pillow and in torchvision with antialias; OpenCV and TensorFlow do not do that by default.',
});
export const PadSchema = Type.Object(
  {
    colour: Type.Union([Type.Literal('border'), levels], {
      title: 'PadColour',
      description: 'border = the median of the outermost pixels.',
    }),
    align: AlignSchema,
  },
  { ...Closed, title: 'Pad' },
);

/** How an image is brought to one size, in the words of those who train. */
export const ResizeSchema = Type.Union(
  [
    Type.Object(
      { mode: Type.Literal('fill'), size: SizeSchema, kernel, antialias },
      { ...Closed, title: 'ResizeFill', description: 'Stretched to the size.' },
    ),
    Type.Object(
      { mode: Type.Literal('cover'), size: SizeSchema, kernel, antialias },
      {
        ...Closed,
        title: 'ResizeCover',
        description: 'The smallest that covers the size, cut to it around the centre.',
      },
    ),
    Type.Object(
      { mode: Type.Literal('contain'), size: SizeSchema, kernel, antialias, pad: PadSchema },
      {
        ...Closed,
        title: 'ResizeContain',
        description: 'The largest that fits into the size, padded to it.',
      },
    ),
    Type.Object(
      { mode: Type.Literal('shorter-side'), size: side, kernel, antialias },
      {
        ...Closed,
        title: 'ResizeShorterSide',
        description: 'The shorter side has that length; a crop makes it the size of the input.',
      },
    ),
    Type.Object(
      { mode: Type.Literal('longer-side'), size: side, kernel, antialias, pad: PadSchema },
      {
        ...Closed,
        title: 'ResizeLongerSide',
        description: 'The longer side has that length; it is padded to the size of the input.',
      },
    ),
  ],
  { title: 'Resize' },
);
export type Resize = Static<typeof ResizeSchema>;
export type Pad = Static<typeof PadSchema>;
export type Align = Static<typeof AlignSchema>;

const PageSchema = Type.Enum(['border', 'find'], {
  description:
    'Where handwriting is looked for. border = the border of an image is its paper, which is what a contract that does not say means; find = the page in it is found first: frames, tables and bars are taken off, a page that lies askew is set upright, and its paper is told from place to place.',
});

const ReadSchema = Type.Enum(['one', 'all'], {
  description:
    'How many digits of a picture are answered. one = one, which is what a contract that does not say means; all = every digit, in reading order, as with read=line. Examples that are learnt from are one digit each in any case.',
});

const { width, height, canonicalise, polarity, centring, scale } = sharedFields;
export const channels = Type.Union([Type.Literal(1), Type.Literal(3), Type.Literal(4)], {
  description: '1 = grey, 3 = colour, 4 = colour and alpha.',
});
const colourSpace = Type.Union([...sharedFields.colourSpace.anyOf, Type.Literal('rgba')]);
const mean = Type.Array(sharedFields.mean.items, {
  minItems: 1,
  maxItems: 4,
  description: 'Per channel in the order of colourSpace, after scale.',
});
const std = Type.Array(sharedFields.std.items, { minItems: 1, maxItems: 4 });

/**
 * The second form of the contract, in the words of those who train: the whole image is decoded, made grey or
 * coloured, resized, padded, cropped, and then scaled. Only `handwriting` and `shrinkOnLoadFrom` decode less.
 */
export const ContractTwoSchema = Type.Object(
  {
    contract: Type.Literal(2, { description: 'The form of the contract.' }),
    width,
    height,
    channels,
    colourSpace,
    resize: ResizeSchema,
    crop: Type.Optional(
      Type.Object(
        { size: SizeSchema, align: AlignSchema },
        { ...Closed, title: 'Crop', description: 'What is kept after resizing.' },
      ),
    ),
    icc: Type.Enum(['apply', 'ignore'], {
      description: 'apply = a colour profile in the file brings its values to sRGB.',
    }),
    alpha: Type.Union(
      [
        Type.Literal('drop'),
        Type.Literal('ink'),
        Type.Literal('keep'),
        Type.Object(
          { flatten: levels },
          { ...Closed, title: 'AlphaFlatten', description: 'Laid on that colour.' },
        ),
      ],
      {
        title: 'AlphaRule',
        description:
          'drop = colours as if nothing were transparent; ink = laid on white or black, whichever shows what is drawn; keep = the fourth channel of rgba, resized as the others are, 255 where a file has none.',
      },
    ),
    exif: Type.Enum(['apply', 'ignore'], {
      description: 'apply = turn the image upright as its EXIF orientation says.',
    }),
    canonicalise,
    page: Type.Optional(PageSchema),
    read: Type.Optional(ReadSchema),
    polarity,
    centring,
    scale,
    mean,
    std,
    shrinkOnLoadFrom: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          'From so many pixels (width x height of the file) on a JPEG may be shrunk while it is decoded, never to less than twice of what it is resized to. Unless given, never.',
      }),
    ),
  },
  {
    ...Closed,
    title: 'PreprocessingTwo',
    description:
      'The second form: decoded as a whole, then resized, in the words of those who train.',
  },
);
export type ContractTwo = Static<typeof ContractTwoSchema>;
