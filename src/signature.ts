import type { Static } from 'typebox';
import { Closed } from './schema.ts';
import { Type } from './schema/builder.ts';
import { softmax } from './tensor.ts';

/** What a model takes and gives. It travels in the manifest, beside the preprocessing contract. */

export const SignatureSchema = Type.Object(
  {
    input: Type.Object(
      {
        name: Type.String(),
        dtype: Type.Union(
          [Type.Literal('float32'), Type.Literal('uint8'), Type.Literal('float16')],
          {
            description:
              'The type of its numbers. uint8 = whole numbers from 0 to 255, as the preprocessing then makes them.',
          },
        ),
        layout: Type.Union(
          [Type.Literal('NCHW'), Type.Literal('NHWC'), Type.Literal('NHW'), Type.Literal('NC')],
          { description: 'Its axes: batch, channels, height, width; NHW has no axis of channels.' },
        ),
        shape: Type.Array(Type.Integer({ minimum: 1 }), {
          minItems: 1,
          maxItems: 3,
          description: 'Of one example, without the batch axis.',
        }),
        batch: Type.Optional(
          Type.Integer({
            minimum: 1,
            description:
              'The only number of examples that the graph computes at once, where it was exported for one: no batch is larger, and one that is smaller is filled up.',
          }),
        ),
      },
      { ...Closed, title: 'ModelInput' },
    ),
    output: Type.Object(
      {
        name: Type.String(),
        kind: Type.Union(
          [Type.Literal('logits'), Type.Literal('probabilities'), Type.Literal('sigmoid')],
          {
            description:
              'logits = scores are their softmax; probabilities = scores that sum to one, served as they are; sigmoid = one score of 0..1 for each class by itself, served as they are.',
          },
        ),
      },
      { ...Closed, title: 'ModelOutput' },
    ),
    classes: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
      minItems: 2,
      maxItems: 100_000,
    }),
  },
  { ...Closed, title: 'Signature' },
);
export type Signature = Static<typeof SignatureSchema>;
export type OutputKind = Signature['output']['kind'];

/** The scores of the classes, as they are served, from one raw output of a model. */
export function toScores(output: ArrayLike<number>, kind: OutputKind): number[] {
  return kind === 'logits' ? softmax(output) : Array.from(output);
}

/**
 * From where on a prediction carries a warning. Every threshold is optional: what is not set is not
 * looked at. Warnings never refuse an image (decision 0007).
 */
export const GateSchema = Type.Object(
  {
    minContrast: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'Less contrast between ink and paper than this: "blank". Handwriting only.',
      }),
    ),
    minSeparability: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description:
          'Ink and paper part less sharply than this (variance between them over all variance): "no_ink". Handwriting only.',
      }),
    ),
    minScore: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'A best score (calibrated, as served) below this: "uncertain".',
      }),
    ),
    maxError: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        description:
          'What minScore promises: of images like the examples it was chosen by, at most this share is answered wrongly without a warning, on average over such images and examples (conformal risk control). Left out: nothing is promised.',
      }),
    ),
    sets: Type.Optional(
      Type.Object(
        {
          minScore: Type.Number({
            minimum: 0,
            maximum: 1,
            description: 'A class with this score or more cannot be excluded.',
          }),
          coverage: Type.Number({
            exclusiveMinimum: 0,
            exclusiveMaximum: 1,
            description:
              'The share of images like those examples whose true class is among them, on average (split conformal prediction).',
          }),
        },
        { ...Closed, title: 'PredictionSets', description: 'What sets=true answers.' },
      ),
    ),
    chosenBy: Type.Optional(
      Type.Integer({ minimum: 0, description: 'By how many examples the thresholds were chosen.' }),
    ),
    folds: Type.Optional(
      Type.Integer({
        minimum: 2,
        description:
          'There were few validation examples: they were scored by so many nets, each of which had learnt the others only (cross-validation).',
      }),
    ),
  },
  { ...Closed, title: 'Gate' },
);
export type Gate = Static<typeof GateSchema>;

/**
 * The ink thresholds of canonicalised handwriting. Measured on scenes of drawn digits: pen on paper has a
 * separability above .85 in 95 of 100 images, Gaussian noise .64, uniform noise .66 (.75 as bare pixels,
 * which is what theory says: 1/16 over 1/12), smooth blobs below .75; a noisy gradient can reach .81, but
 * its contrast is about .02.
 */
export const handwritingGate = { minContrast: 0.05, minSeparability: 0.8 } as const;
