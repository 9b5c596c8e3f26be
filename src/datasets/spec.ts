import type { Static } from 'typebox';
import { Closed } from '../schema.ts';
import { Type } from '../schema/builder.ts';

export const DatasetFormatSchema = Type.Union(
  [
    Type.Literal('csv'),
    Type.Literal('json'),
    Type.Literal('ndjson'),
    Type.Literal('idx'),
    Type.Literal('parquet'),
    Type.Literal('arrow'),
    Type.Literal('numpy'),
    Type.Literal('tfrecord'),
    Type.Literal('cifar'),
    Type.Literal('images'),
  ],
  { title: 'DatasetFormat' },
);
export type DatasetFormat = Static<typeof DatasetFormatSchema>;

/** Where examples are and how to read them: the `dataset` and `evaluation` of a training request. */
export const DatasetSpecSchema = Type.Object(
  {
    uri: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2048,
        description:
          'dataset:name (a stored dataset, its latest) or dataset:name@digest, mnist:, mnist:test, sample:, s3://bucket/key, s3://bucket/prefix/, or file:path (a plain path too; a file, a folder or an archive) under GLIMPSE_DATASET_ROOT. Without it the uploaded files are read.',
      }),
    ),
    path: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1024,
        description:
          'The file or folder to read inside of the archive or folder that uri names, or of the upload: "mnist/train.csv", "set.zip/train". Without it all of it is read.',
      }),
    ),
    labelsUri: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2048,
        description:
          'IDX, .npy: the file of labels, when its name does not follow from the images’. Images: the manifest that lists them, when it does not lie among them.',
      }),
    ),
    format: Type.Optional(DatasetFormatSchema),
    offset: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Usable examples to pass over first.' }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, description: 'Most examples to take.' })),
    classes: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
        minItems: 2,
        maxItems: 10_000,
        uniqueItems: true,
        description: 'Class names in answer order; without them the labels met, sorted.',
      }),
    ),
    group: Type.Optional(
      Type.Union(
        [
          Type.Literal('none'),
          Type.Object(
            {
              prefix: Type.String({
                minLength: 1,
                maxLength: 20,
                description: 'A separator: "_" puts scene7_001.jpg and scene7_002.jpg together.',
              }),
            },
            { ...Closed, title: 'FilePrefix' },
          ),
        ],
        {
          title: 'ExampleGroups',
          description:
            'Which examples stay together when some are set aside: those of image files whose names are the same up to the last separator. Without it images of a class that show the same scene (a burst, copies) do, as far as that can be seen; none parts them as well.',
        },
      ),
    ),
    labelColumn: Type.Optional(
      Type.Union([Type.String({ minLength: 1, maxLength: 200 }), Type.Integer({ minimum: -1 })], {
        title: 'LabelColumn',
        description:
          'Name or position (from 0; -1 is the last) of the column or field that holds the label. Without it a column that is called label, class, target, category, digit or y is taken, or one with such a name (labels, class_id, label-name); a table with a header and none or several of these is refused. Without a header it is the column of words, else the first or the last by what they hold, or asked for.',
      }),
    ),
    imageColumn: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'Name of the column, field or array that holds the images, where it is one. Without it the one with a usual name is taken (image, images, pixels, features, data, x), or the only one there is.',
      }),
    ),
    split: Type.Optional(
      Type.Union([Type.Literal('train'), Type.Literal('validation'), Type.Literal('test')], {
        description:
          'Which part of a dataset that holds several (x_train and x_test of a .npz, the four files of MNIST, the batches of CIFAR). Without it the training part is read, and the test part measured on.',
      }),
    ),
    range: Type.Optional(
      Type.Union(
        [
          Type.Number({ exclusiveMinimum: 0 }),
          Type.Array(Type.Number(), { minItems: 2, maxItems: 2 }),
        ],
        {
          title: 'PixelRange',
          description:
            'What the numbers of a table or an IDX file mean: the value of white, or [black, white]. Without it they are 0..255, and a dataset whose values can hardly be that is refused. Images have a range of their own.',
        },
      ),
    ),
    layout: Type.Optional(
      Type.Union([Type.Literal('hwc'), Type.Literal('chw')], {
        title: 'PixelLayout',
        description:
          'Whether the channels of a pixel lie together (hwc), or one plane comes after the other (chw). Without it flat pixels are hwc and nested ones what their nesting says; what could be both is refused.',
      }),
    ),
    shape: Type.Optional(
      Type.Object(
        {
          width: Type.Integer({ minimum: 1, maximum: 1024 }),
          height: Type.Integer({ minimum: 1, maximum: 1024 }),
          channels: Type.Union([Type.Literal(1), Type.Literal(3)]),
        },
        {
          title: 'ExampleShape',
          ...Closed,
          description:
            'Of one example; guessed for square images when left out. Image files are brought to it: 28x28 grey when left out.',
        },
      ),
    ),
  },
  { ...Closed, title: 'DatasetSpec' },
);
export type DatasetSpec = Static<typeof DatasetSpecSchema>;
export type DatasetSplit = NonNullable<DatasetSpec['split']>;

/** A file part of a training request, already on this disk. */
export interface UploadedFile {
  /** The form field it came in. "evaluation" is the evaluation dataset, any other the dataset. */
  readonly part: string;
  /** Its name by the client, which decides about the format; never a path of this machine. */
  readonly name: string;
  readonly file: string;
}

/** Whether a dataset holds digits in the frame of MNIST, so that real images must be brought there. */
export function isHandwrittenDigits(dataset: DatasetSpec): boolean {
  return /^(mnist|sample):/i.test(dataset.uri ?? '');
}
