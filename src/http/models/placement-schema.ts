import { Type } from '../../schema/builder.ts';

const BatchTimeSchema = Type.Object(
  {
    size: Type.Integer({ description: 'Images in the batch.' }),
    ms: Type.Number({ description: 'How long the engine was busy with it.' }),
    memoryBytes: Type.Optional(
      Type.Number({
        description: 'By how much its process had grown by then, since the model was opened.',
      }),
    ),
  },
  { title: 'BatchTime' },
);

/** How the batches of a version are run, for the contract. */
export const PlacementSchema = Type.Object(
  {
    batchSize: Type.Integer({
      description:
        'Most images in one run, by what was measured; GLIMPSE_MAX_BATCH_SIZE bounds it.',
    }),
    inlineUpTo: Type.Integer({
      description:
        'Batches of so many images and fewer run on the thread that answers requests while it has no other one for this version, all others on the thread of the model; 0: none.',
    }),
    isKept: Type.Boolean({ description: 'It was measured at an earlier start.' }),
    curve: Type.Array(BatchTimeSchema, { description: 'What was measured, from one image on.' }),
  },
  { title: 'Placement', description: 'How its batches are run (docs/tuning.md).' },
);
