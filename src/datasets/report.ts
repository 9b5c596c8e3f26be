import type { Static } from 'typebox';
import { Closed } from '../schema.ts';
import { Type } from '../schema/builder.ts';
import { classCounts } from './dataset.ts';
import type { OpenedDataset } from './open.ts';
import { summaryOfIgnored } from './source.ts';
import { DatasetFormatSchema, type DatasetSpec } from './spec.ts';

const optional = Type.Optional;

/** What a dataset turned out to hold, and which part each example plays. */
export const DatasetReportSchema = Type.Object(
  {
    examples: Type.Integer({ minimum: 0 }),
    format: DatasetFormatSchema,
    rowsRead: Type.Integer({ minimum: 0 }),
    badRows: Type.Object(
      {
        count: Type.Integer({ minimum: 0 }),
        rows: Type.Array(
          Type.Object(
            {
              line: Type.Integer(),
              element: optional(
                Type.Integer({
                  description: 'Of a JSON array, or one of NumPy, its place in it, from 0.',
                }),
              ),
              entry: optional(Type.String({ description: 'The file it came from.' })),
              reason: Type.String(),
            },
            { ...Closed, title: 'BadRow' },
          ),
          { description: 'The first of them.' },
        ),
      },
      { ...Closed, title: 'BadRows' },
    ),
    damaged: optional(
      Type.Object(
        {
          count: Type.Integer({ minimum: 1 }),
          rows: Type.Array(
            Type.Object(
              {
                line: Type.Integer(),
                element: optional(Type.Integer()),
                entry: optional(Type.String()),
              },
              { ...Closed, title: 'DamagedRow' },
            ),
            { description: 'The first of them.' },
          ),
        },
        {
          title: 'DamagedImages',
          ...Closed,
          description: 'Images of which pixels were lost inside their files; they are kept.',
        },
      ),
    ),
    ignored: optional(
      Type.Object(
        {
          count: Type.Integer({ minimum: 1 }),
          archives: Type.Integer({ minimum: 0, description: 'Archives in the archive.' }),
          names: Type.Array(Type.String(), { description: 'The first of them.' }),
        },
        {
          title: 'IgnoredFiles',
          ...Closed,
          description: 'Files that lay beside the data and were not read.',
        },
      ),
    ),
    classes: Type.Array(Type.String()),
    classCounts: Type.Array(Type.Integer({ minimum: 0 })),
    digest: Type.String({ description: 'SHA-256 of the examples.' }),
    shape: Type.Object(
      { width: Type.Integer(), height: Type.Integer(), channels: Type.Integer() },
      { ...Closed, title: 'ReportedShape' },
    ),
    parts: Type.Object(
      {
        training: Type.Integer({ minimum: 0 }),
        validation: Type.Integer({ minimum: 0 }),
        test: Type.Integer({ minimum: 0 }),
      },
      {
        title: 'DatasetParts',
        ...Closed,
        description: 'Examples learnt from, chosen by, and only measured on.',
      },
    ),
    evaluationDigest: optional(Type.String()),
  },
  { ...Closed, title: 'DatasetReport' },
);
export type DatasetReport = Static<typeof DatasetReportSchema>;

/** The report on a dataset and the parts its examples play. */
export function describeDataset(
  {
    dataset,
    format,
    badRows,
    rowsRead,
    damaged,
    ignored,
  }: Pick<OpenedDataset, 'dataset' | 'format' | 'badRows' | 'rowsRead' | 'damaged' | 'ignored'>,
  training: Int32Array,
  validation: Int32Array,
  test: Int32Array,
): DatasetReport {
  const { classes, digest, labels, shape } = dataset;
  return {
    examples: labels.length,
    format,
    rowsRead,
    badRows: { count: badRows.count, rows: [...badRows.rows] },
    ...(damaged.count > 0 && { damaged: { ...damaged, rows: [...damaged.rows] } }),
    ...summaryOfIgnored(ignored),
    classes: [...classes],
    classCounts: classCounts(labels, classes.length),
    digest,
    shape: { ...shape },
    parts: { training: training.length, validation: validation.length, test: test.length },
  };
}

/** "mnist: 50000..59999"; of a stored dataset the beginning of its digest is enough for people. */
export function nameOfDataset({ uri: whole, path, split, offset = 0, limit }: DatasetSpec): string {
  const part = [path, split].filter((one) => one !== undefined).join(', ');
  const named = whole ?? (part ? 'the upload' : 'the uploaded evaluation dataset');
  const short = named.replace(/^(dataset:.*@[0-9a-f]{12})[0-9a-f]+$/i, '$1');
  const uri = part ? `${short} (${part})` : short;
  if (limit === undefined) return offset === 0 ? uri : `${uri} ${offset}..`;
  return `${uri} ${offset}..${offset + limit - 1}`;
}
