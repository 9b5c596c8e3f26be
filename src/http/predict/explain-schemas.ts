import { Type } from '../../schema/builder.ts';
import { explanations } from '../../serving/explain.ts';
import { oneOf } from '../schemas.ts';

/** What explain asks for. */
export const ExplanationSchema = oneOf(
  explanations,
  'input: each prediction has saw, the picture that the model was given for it; for image files only. occlusion: each has occlusion, a map of what its score hangs on, for which the model is asked some hundred times more: the request counts as so many images. gradient: each has gradient, a map of the pixels that speak for its class and against it, of versions that were trained here (GLIMPSE_NO_GRADIENT for others); it counts as 72 images. nearest: each has nearest, the training examples that are likest it, of versions that keep some (keepExamples; GLIMPSE_NO_EXAMPLES for others); it counts as one more image. true: all of them, gradient and nearest where there are such.',
  'Explanation',
);

const size = { width: Type.Integer({ minimum: 1 }), height: Type.Integer({ minimum: 1 }) };
const png = (description: string) =>
  Type.String({ contentEncoding: 'base64', contentMediaType: 'image/png', description });

export const SeenInputSchema = Type.Object(
  {
    ...size,
    channels: Type.Union([Type.Literal(1), Type.Literal(3), Type.Literal(4)], {
      description: '1 = grey, 3 = colour (RGB).',
    }),
    png: png('The pixels, 0 to 255, before they were scaled: a PNG in base64.'),
  },
  {
    title: 'SeenInput',
    description:
      'With explain=input: what the preprocessing contract made of the image, told from the very numbers that the model was given.',
  },
);

export const OcclusionSchema = Type.Object(
  {
    ...size,
    png: png(
      'Of the size of what the model was given: red where the score falls when that part is covered, blue where it rises, white where it stays; the strongest pixel is full red or blue. A PNG in base64.',
    ),
    mostFall: Type.Number({
      minimum: 0,
      description: 'How far the score falls at most when one square is covered.',
    }),
    mostRise: Type.Number({ minimum: 0, description: 'How far it rises at most.' }),
  },
  {
    title: 'Occlusion',
    description:
      'With explain=occlusion: squares of a fifth of a side are covered by the paper of the picture (the median of each channel), one after the other, and the same version is asked how likely the same class is then.',
  },
);

export const GradientMapSchema = Type.Object(
  {
    ...size,
    png: png(
      'Of the size of what the model was given: red where a pixel speaks for the class, blue where it speaks against it, white where it says nothing; the strongest pixel is full red or blue. A PNG in base64.',
    ),
    for: Type.Number({
      minimum: 0,
      description: 'What pixels add to the logit of the class, in sum.',
    }),
    against: Type.Number({ minimum: 0, description: 'What pixels take from it, in sum.' }),
  },
  {
    title: 'GradientMap',
    description:
      'With explain=gradient: integrated gradients of the logit of the class, from the paper of the picture (the median of each channel) to the picture. "for" less "against" is how much higher that logit is than for bare paper.',
  },
);

export const NearestExampleSchema = Type.Object(
  {
    label: Type.String({ description: 'What it was learnt as.' }),
    similarity: Type.Number({
      minimum: -1.001,
      maximum: 1.001,
      description:
        'The cosine of the angle between what the net finds in both, right before its last layer: 1 where that is the same.',
    }),
    row: Type.Integer({
      minimum: 0,
      description: 'Which of the usable examples of its dataset it was, from 0 on.',
    }),
    png: png('Its picture, as it lies in the dataset: a PNG in base64.'),
  },
  {
    title: 'NearestExample',
    description:
      'With explain=nearest: a training example that the version has kept, the likest first.',
  },
);
