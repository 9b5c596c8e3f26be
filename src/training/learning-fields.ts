import { DatasetSpecSchema } from '../datasets/spec.ts';
import { Type } from '../schema/builder.ts';
import { Closed } from '../schema.ts';

/** Of a request: what a net starts from, what it learns beside its classes, what its answers are held to, when it ends. */
export const learningFields = {
  outliers: Type.Union([Type.Literal('letters'), DatasetSpecSchema], {
    title: 'Outliers',
    description:
      'Images that show none of the classes, for which the net learns to find every class equally likely, so that others like them get the warning uncertain. letters: drawn letters, words, signs, scribbles and shapes, for a model of handwritten digits; or a dataset, whose labels are not looked at.',
  }),
  startFrom: Type.Object(
    {
      model: Type.Optional(
        Type.String({
          pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
          description: 'Default: the model itself.',
        }),
      ),
      version: Type.Integer({ minimum: 1 }),
    },
    {
      title: 'StartFrom',
      ...Closed,
      description:
        'A version with the same architecture, trained here, whose parameters are the first ones (fine-tuning); without it they are random.',
    },
  ),
  maxError: Type.Number({
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    description:
      'The share of images that may be answered wrongly without the warning uncertain: its threshold is chosen for that (conformal risk control), which takes at least 1/maxError - 1 validation examples. Default 0.05. Wherever there are 100 of them, the threshold is at least what 99 of 100 pass.',
  }),
  earlyStopping: Type.Object(
    {
      patience: Type.Integer({
        minimum: 1,
        description: 'Epochs without a better validation loss.',
      }),
      minDelta: Type.Optional(Type.Number({ minimum: 0, description: 'Default 0.' })),
    },
    {
      title: 'EarlyStopping',
      ...Closed,
      description: 'Ends early, and keeps the parameters of the best epoch.',
    },
  ),
};
