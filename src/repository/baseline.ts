import type { Static } from 'typebox';
import { Closed } from '../schema.ts';
import { Type } from '../schema/builder.ts';

const count = (description?: string) =>
  Type.Integer({ minimum: 0, ...(description !== undefined && { description }) });

/** What the image files of a dataset are, and what had to be done to them. */
export const ProvenanceFiguresSchema = Type.Object(
  {
    images: count('How many were read.'),
    formats: Type.Record(Type.String(), count(), {
      description: 'How many are in each container: png, jpeg, webp, gif, avif, tiff.',
    }),
    marks: Type.Object(
      {
        damaged: count('Pixels were lost inside the file.'),
        icc: count('Brought to sRGB by the colour profile in the file.'),
        alpha: count('Transparency was laid on the grey of the contract.'),
        enlarged: count('Smaller than the input of the model.'),
        cropped: count('Of another ratio, so that the fit cover cut something off.'),
      },
      { ...Closed, title: 'ProvenanceMarks' },
    ),
  },
  { ...Closed, title: 'ProvenanceFigures' },
);

const HistogramSchema = Type.Object(
  {
    edges: Type.Array(Type.Number(), {
      maxItems: 20,
      description:
        'Ascending. A value belongs to the first edge that it is not above, else behind the last.',
    }),
    counts: Type.Array(count(), { minItems: 1, maxItems: 21, description: 'One more than edges.' }),
  },
  { ...Closed, title: 'Histogram' },
);
export type BaselineHistogram = Static<typeof HistogramSchema>;

/** How a version answered examples that it had not learnt from: what drift is measured against. */
export const BaselineSchema = Type.Object(
  {
    examples: count('How many: those that the figures were measured on.'),
    classes: Type.Array(count(), {
      description: 'How often each class was answered, in class order.',
    }),
    confidence: HistogramSchema,
    brightness: HistogramSchema,
    contrast: Type.Optional(HistogramSchema),
    provenance: Type.Optional(ProvenanceFiguresSchema),
  },
  {
    ...Closed,
    title: 'Baseline',
    description:
      'How the version answered the examples it was measured on: answered classes, best score, mean of the pixels as a share of white, contrast of the ink; and what the image files of its training set were.',
  },
);
export type Baseline = Static<typeof BaselineSchema>;
