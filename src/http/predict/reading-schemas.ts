import { Type } from '../../schema/builder.ts';
import { signNames } from '../../serving/reading.ts';
import { oneOf, reference } from '../schemas.ts';
import { PredictionEvidenceSchema } from './evidence-schemas.ts';
import { PredictResponseSchema, PredictionSchema } from './predict-schemas.ts';

const BoxSchema = Type.Object(
  {
    left: Type.Number(),
    top: Type.Number(),
    right: Type.Number(),
    bottom: Type.Number(),
  },
  {
    $id: 'PictureBox',
    description:
      'Pixels of the picture as it was sent, after EXIF has turned it upright; right and bottom are just outside.',
  },
);

const written = Type.String({
  description: 'The text with the signs between digits: . , - and /, told by shape and place.',
});

/** With read=line, in place of a prediction. */
const ReadingSchema = Type.Object(
  {
    text: Type.String({ description: 'All digits in reading order; lines end with a line break.' }),
    written,
    width: Type.Integer({ description: 'Of the picture, upright: what boxes are counted in.' }),
    height: Type.Integer(),
    lines: Type.Array(
      Type.Object(
        {
          text: Type.String(),
          written,
          box: reference('PictureBox'),
          digits: Type.Array(
            Type.Object(
              { ...PredictionSchema.properties, box: reference('PictureBox') },
              { title: 'ReadDigit' },
            ),
            {
              description:
                'From left to right. Of one that was cut out of ink of several, scores are of the model and of the net that cut it, where the classes are the ten digits.',
            },
          ),
          signs: Type.Array(
            Type.Object(
              { sign: oneOf(signNames, 'By its shape and place.'), box: reference('PictureBox') },
              { title: 'ReadSign' },
            ),
          ),
        },
        { title: 'ReadLine' },
      ),
      { description: 'From top to bottom; none where no digit was found.' },
    ),
  },
  { $id: 'Reading', description: 'What a picture says, with read=line.' },
);

/** All that the answers of predict calls are made of. */
export const predictSchemas = [
  PredictionSchema,
  PredictionEvidenceSchema,
  BoxSchema,
  ReadingSchema,
  PredictResponseSchema,
];
