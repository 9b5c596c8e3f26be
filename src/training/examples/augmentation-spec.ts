import type { Static } from 'typebox';
import type { ImageShape } from '../../datasets/dataset.ts';
import { Type } from '../../schema/builder.ts';

const amount = (maximum: number, description: string) =>
  Type.Optional(Type.Number({ minimum: 0, maximum, description: `${description} Default 0.` }));

export const AugmentationSchema = Type.Union(
  [
    Type.Literal('none'),
    Type.Literal('shift'),
    Type.Literal('handwriting'),
    Type.Literal('photo'),
    Type.Object(
      {
        rotation: amount(180, 'Largest turn in degrees.'),
        shear: amount(1, 'Largest horizontal shear.'),
        zoom: amount(
          1,
          'Largest change of width and of height, as a share: 0.15 is 1/1.15 to 1.15.',
        ),
        shift: amount(256, 'Largest shift in pixels.'),
        elastic: amount(
          32,
          'Standard deviation of the control points of a smooth warp, in pixels.',
        ),
        thickness: amount(1, 'How far strokes may grow or shrink, as a share of one pixel around.'),
        border: Type.Optional(
          Type.Union([Type.Literal('black'), Type.Literal('edge')], {
            description: 'What lies outside of the image. Default black.',
          }),
        ),
      },
      { title: 'AugmentationAmounts', additionalProperties: false },
    ),
  ],
  {
    title: 'Augmentation',
    description:
      'How training examples are varied, anew in every epoch: none, a preset (shift, handwriting, photo), or amounts. Default: what the recipe of the architecture says.',
  },
);
export type Augmentation = Static<typeof AugmentationSchema>;

/** Every amount filled in, in pixels of the dataset at hand. */
export interface AugmentationAmounts {
  readonly rotation: number;
  readonly shear: number;
  readonly zoom: number;
  readonly shift: number;
  readonly elastic: number;
  readonly thickness: number;
  readonly border: 'black' | 'edge';
}

const still: AugmentationAmounts = {
  rotation: 0,
  shear: 0,
  zoom: 0,
  shift: 0,
  elastic: 0,
  thickness: 0,
  border: 'black',
};

/** The side of the images the presets for handwriting and shifts were measured on. */
const MEASURED_SIDE = 28;

/** Presets in numbers, scaled to the size of the images; undefined when nothing is varied. */
export function resolveAugmentation(
  augmentation: Augmentation,
  shape: ImageShape,
): AugmentationAmounts | undefined {
  const side = Math.min(shape.width, shape.height);
  if (augmentation === 'none') return undefined;
  const pixel = side / MEASURED_SIDE;
  if (augmentation === 'shift') return { ...still, shift: 1.5 * pixel, border: 'edge' };
  if (augmentation === 'handwriting') {
    return {
      rotation: 15,
      shear: 0.2,
      zoom: 0.15,
      shift: 2 * pixel,
      elastic: 1.5 * pixel,
      thickness: 0.7,
      border: 'black',
    };
  }
  if (augmentation === 'photo') {
    return { ...still, rotation: 5, shear: 0.05, zoom: 0.1, shift: side * 0.06, border: 'edge' };
  }
  return { ...still, ...augmentation };
}
