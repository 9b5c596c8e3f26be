import type { Static } from 'typebox';
import { Type } from '../../schema/builder.ts';
import { PreprocessingSchema } from '../../preprocessing/contract.ts';
import { Closed } from '../../schema.ts';
import { DatasetFormatSchema } from '../spec.ts';

const optional = Type.Optional;
const count = Type.Integer({ minimum: 0 });
const names = (description: string) => Type.Array(Type.String(), { description });

/** What is found in a dataset, in the order in which it is told. */
const findingCodes = [
  'place',
  'manifest',
  'label-column',
  'range',
  'layout',
  'shape',
  'classes',
  'bad-rows',
  'refused',
  'held-out',
  'decided',
  'default-shape',
  'stretched-images',
  'tiny-images',
  'damaged-images',
  'merged-labels',
  'look-alike-names',
  'look-alike-images',
  'unmeasured-classes',
  'conflicts',
  'duplicates',
  'shared-between-parts',
  'near-duplicates',
  'constant-images',
  'outliers',
  'ignored-files',
] as const;

/** The one line of a request that decides a question. */
export const SettingSchema = Type.Object(
  {
    option: Type.String(),
    json: Type.String({ description: 'For the body of a request.' }),
    cli: Type.String({ description: 'For glimpse train, dataset import and dataset look.' }),
    values: optional(
      Type.Array(Type.Unknown(), { description: 'What it could be, the likeliest first.' }),
    ),
  },
  { ...Closed, title: 'DecidingSetting' },
);
export type Setting = Static<typeof SettingSchema>;

export const FindingSchema = Type.Object(
  {
    code: Type.Enum([...findingCodes], { type: 'string', title: 'FindingCode' }),
    severity: Type.Enum(['question', 'problem', 'note'], {
      type: 'string',
      title: 'FindingSeverity',
      description:
        'question: training refuses it until a setting decides; problem: training refuses it; note: training goes on.',
    }),
    message: Type.String(),
    error: optional(Type.String({ description: 'The code with which training refuses it.' })),
    setting: optional(SettingSchema),
    count: optional(Type.Integer({ minimum: 1, description: 'Of how many it is true.' })),
    examples: names('The first of them.'),
  },
  { ...Closed, title: 'Finding' },
);
export type Finding = Static<typeof FindingSchema>;
export type FindingCode = Finding['code'];

const RangeSchema = Type.Array(Type.Number(), { minItems: 2, maxItems: 2 });

/** How its numbers were understood, or how its images are prepared. */
export const UnderstoodSchema = Type.Object(
  {
    label: optional(
      Type.Object(
        {
          column: optional(
            Type.Union([Type.String(), Type.Integer()], { title: 'LabelColumnFound' }),
          ),
          by: Type.Enum(['request', 'name', 'contents', 'folder', 'format', 'assumption'], {
            type: 'string',
            description:
              'request: named there; name: by its header; contents: by its position and what it holds; assumption: it is asked for.',
          }),
        },
        { ...Closed, title: 'FoundLabel' },
      ),
    ),
    shape: Type.Object(
      { width: Type.Integer(), height: Type.Integer(), channels: Type.Integer() },
      { ...Closed, title: 'UnderstoodShape' },
    ),
    shapeBy: Type.Enum(['request', 'default', 'data', 'assumption'], {
      type: 'string',
    }),
    layout: optional(Type.Enum(['hwc', 'chw'], { type: 'string', title: 'PixelLayout' })),
    values: optional(
      Type.Object(
        {
          min: Type.Number(),
          max: Type.Number(),
          levels: Type.Integer({ minimum: 1, description: 'Different values, at most 256.' }),
          range: Type.Array(Type.Number(), {
            minItems: 2,
            maxItems: 2,
            description: 'What is black, and what is white.',
          }),
          rangeBy: Type.Enum(['request', 'default', 'assumption'], {
            type: 'string',
          }),
        },
        { ...Closed, title: 'FoundValues', description: 'Of tables and arrays, as found.' },
      ),
    ),
    originals: optional(
      Type.Object(
        {
          smallest: Type.String({ description: '640x480' }),
          largest: Type.String(),
          colour: count,
          grey: count,
        },
        { ...Closed, title: 'OriginalImages', description: 'Images as they are in their files.' },
      ),
    ),
    becomes: Type.Array(Type.Array(Type.Number()), {
      description: 'For each channel what black and white become for the model.',
      items: RangeSchema,
    }),
    preprocessing: PreprocessingSchema,
  },
  { ...Closed, title: 'UnderstoodDataset' },
);
export type Understood = Static<typeof UnderstoodSchema>;

/** Rows or files by the reason why they are not learnt from. */
const KindsSchema = Type.Array(
  Type.Object(
    { reason: Type.String(), count: Type.Integer({ minimum: 1 }), names: names('The first.') },
    { ...Closed, title: 'LeftOutKind' },
  ),
);

/** What was understood of a dataset, and what there is to doubt. */
export const DatasetLookSchema = Type.Object(
  {
    source: Type.String({ description: 'The URI of the request, or the names of the uploads.' }),
    trainable: Type.Boolean({ description: 'Whether there is neither a question nor a problem.' }),
    format: optional(DatasetFormatSchema),
    understood: optional(UnderstoodSchema),
    assumed: Type.Array(SettingSchema, {
      description: 'What was assumed to look at the rest, where the request leaves it open.',
    }),
    examples: count,
    rowsRead: count,
    badRows: KindsSchema,
    ignored: KindsSchema,
    parts: optional(
      Type.Object(
        {
          training: count,
          validation: count,
          test: count,
          testFrom: Type.String({ description: 'Where what is measured on comes from.' }),
        },
        { ...Closed, title: 'LookedAtParts' },
      ),
    ),
    classes: Type.Array(
      Type.Object(
        { name: Type.String(), examples: count, training: count, validation: count, test: count },
        { ...Closed, title: 'LookedAtClass' },
      ),
    ),
    findings: Type.Array(FindingSchema),
    digest: optional(Type.String({ description: 'SHA-256 of the examples.' })),
    sheet: optional(
      Type.String({ description: 'Where its contact sheet is: some images of each class, a PNG.' }),
    ),
  },
  { ...Closed, title: 'DatasetLook' },
);
export type DatasetLook = Static<typeof DatasetLookSchema>;

/** The place of a finding among others: questions first, then problems, then notes in the order of their codes. */
export function byUrgency(a: Finding, b: Finding): number {
  const rank = ({ severity, code }: Finding): number =>
    ['question', 'problem', 'note'].indexOf(severity) * 100 + findingCodes.indexOf(code);
  return rank(a) - rank(b);
}
