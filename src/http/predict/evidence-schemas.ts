import { Type } from '../../schema/builder.ts';
import { oneOf } from '../schemas.ts';

const Digest = (description: string) =>
  Type.String({ pattern: '^sha256:[0-9a-f]{64}$', description });

export const PredictionEvidenceSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'Of the call; a UUID of version 7.' }),
    modelDigest: Digest(
      'SHA-256 of the model file; of several, of the lines that sha256sum prints of them, ordered by path.',
    ),
    preprocessingDigest: Digest(
      'SHA-256 of the preprocessing contract as JSON whose fields are in order.',
    ),
    milliseconds: Type.Object(
      Object.fromEntries(
        (['receive', 'decode', 'queue', 'infer'] as const).map((stage) => [stage, Type.Number()]),
      ),
      { title: 'StageTimes', description: 'How long each stage of the call took.' },
    ),
    images: Type.Array(
      Type.Object(
        {
          id: Type.String({
            description: 'Of this prediction: the id of the call, a dot, a number from 0.',
          }),
          batch: Type.Optional(
            Type.Object(
              {
                id: Type.String(),
                size: Type.Integer({ minimum: 1, description: 'Images of all callers in it.' }),
              },
              {
                title: 'PredictionBatch',
                description:
                  'The run of the model that it was part of; left out for an image that was not usable.',
              },
            ),
          ),
          provenance: Type.Optional(
            Type.Object(
              {
                format: oneOf(
                  ['png', 'jpeg', 'webp', 'gif', 'avif', 'tiff', 'pixels'],
                  'The container; pixels: numbers without a file.',
                ),
                damaged: Type.Boolean({ description: 'Pixels were lost inside the file.' }),
                icc: Type.Boolean({
                  description: 'Brought to sRGB by the colour profile in the file.',
                }),
                alpha: Type.Boolean({
                  description: 'Transparency was laid on the grey of the contract.',
                }),
                enlarged: Type.Number({
                  minimum: 1,
                  description: 'How many times longer its sides became; 1: not at all.',
                }),
                cropped: Type.Boolean({
                  description: 'Of another ratio, so that the fit cover cut something off.',
                }),
              },
              { title: 'ImageProvenance', description: 'What came in, and what was done to it.' },
            ),
          ),
        },
        { title: 'ImageEvidence' },
      ),
      { description: 'One per image, in the order of the request.' },
    ),
  },
  { $id: 'PredictionEvidence' },
);
