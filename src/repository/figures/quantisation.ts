import type { Static } from 'typebox';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';

const share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });
const ms = (description: string) => Type.Number({ minimum: 0, description });

/** What was found of one of the two models. */
const SideSchema = Type.Object(
  {
    bytes: Type.Integer({ minimum: 0, description: 'Of the model with its weights.' }),
    accuracy: Type.Optional(
      share('On the examples they were compared on, where those had labels.'),
    ),
    msAlone: ms('Milliseconds of an image by itself.'),
    batchSize: Type.Integer({ minimum: 1, description: 'The size of batch that is best for it.' }),
    msInBatch: ms('Milliseconds of an image in such a batch.'),
  },
  { ...Closed, title: 'QuantisationSide' },
);

/** How a version came to compute in eight bits, and what that changed. */
export const QuantisationSchema = Type.Object(
  {
    method: Type.Literal('static-qdq', {
      description:
        'Values and weights of eight bits, by ranges that were seen on calibration examples; in the graph as QuantizeLinear and DequantizeLinear.',
    }),
    ranges: Type.Union([Type.Literal('min-max'), Type.Literal('least-error')], {
      description:
        'min-max = all that was seen; least-error = the part of it with the least squared error. Whichever changed the scores less.',
    }),
    calibratedOn: Type.Object(
      {
        digest: Type.String({
          description: 'SHA-256 of the examples it was calibrated and compared on.',
        }),
        examples: Type.Integer({ minimum: 1 }),
      },
      { ...Closed, title: 'CalibratedOn' },
    ),
    comparedOn: Type.Integer({
      minimum: 1,
      description:
        'Examples that the two models were compared on, none of which was calibrated on.',
    }),
    agreement: share('Of these examples, those that both models answer with the same class.'),
    float: SideSchema,
    quantised: SideSchema,
  },
  {
    ...Closed,
    title: 'Quantisation',
    description:
      'Where the model computes in eight bits: how it was quantised, and both models beside each other, on the machine that did it.',
  },
);
export type Quantisation = Static<typeof QuantisationSchema>;
export type QuantisationSide = Static<typeof SideSchema>;
