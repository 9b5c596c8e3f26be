import type { Static } from 'typebox';
import { Check, Errors } from 'typebox/schema';
import { errors, withDetails } from '../../errors.ts';
import { Type } from '../../schema/builder.ts';
import { PreprocessingSchema } from '../../preprocessing/contract.ts';
import { contractFault } from '../../preprocessing/fault.ts';
import { ProvenanceFiguresSchema } from '../baseline.ts';
import { parseJsonBytes } from '../json-bytes.ts';
import { ManifestFileSchema } from '../manifest.ts';
import { datasetFile } from '../names.ts';
import { isUsableKey } from '../stores/store-key.ts';
import { Closed } from '../../schema.ts';

const count = Type.Integer({ minimum: 0 });
const optional = Type.Optional;

/** The location of a row in its dataset. */
const rowLocation = {
  line: Type.Integer({ description: 'Row or line, from 1; of images their place in the order.' }),
  element: Type.Optional(Type.Integer({ description: 'Of a JSON array the place in it, from 0.' })),
  entry: optional(Type.String({ description: 'The file it came from, where there are several.' })),
};

const RepeatedSchema = Type.Object(
  {
    count,
    rows: Type.Array(
      Type.Object(
        {
          ...rowLocation,
          label: Type.String(),
          first: Type.Object(
            { ...rowLocation, label: Type.String() },
            { ...Closed, title: 'ExamplePlace' },
          ),
        },
        { ...Closed, title: 'RepeatedExample' },
      ),
      { description: 'The first of them, each with the example that has the same pixels.' },
    ),
  },
  { ...Closed, title: 'RepeatedExamples' },
);

/** What was read, and what of it was left out. */
export const CleaningReportSchema = Type.Object(
  {
    rowsRead: count,
    refused: Type.Object(
      {
        count,
        rows: Type.Array(
          Type.Object(
            { ...rowLocation, reason: Type.String() },
            { ...Closed, title: 'RefusedRow' },
          ),
          {
            description: 'The first of them.',
          },
        ),
      },
      { ...Closed, title: 'RefusedRows' },
    ),
    duplicates: RepeatedSchema,
    conflicts: RepeatedSchema,
    keptDuplicates: Type.Boolean({
      description: 'Whether duplicates and conflicts were only counted, and kept.',
    }),
    damaged: optional(
      Type.Object(
        { count, rows: Type.Array(Type.Object(rowLocation, { ...Closed, title: 'DamagedPlace' })) },
        {
          title: 'DamagedOnImport',
          ...Closed,
          description: 'Images of which pixels were lost inside their files; they are kept.',
        },
      ),
    ),
    provenance: optional(ProvenanceFiguresSchema),
    ignored: optional(
      Type.Object(
        { count, archives: count, names: Type.Array(Type.String()) },
        {
          title: 'FilesNotRead',
          ...Closed,
          description: 'Files that lay beside the data and were not read.',
        },
      ),
    ),
  },
  { ...Closed, title: 'CleaningReport' },
);
export type CleaningReport = Static<typeof CleaningReportSchema>;

/** The description of a stored dataset, written last: a dataset exists when its description does. */
export const DatasetManifestSchema = Type.Object(
  {
    formatVersion: Type.Literal(1),
    name: Type.String(),
    digest: Type.String({
      pattern: '^[0-9a-f]{64}$',
      description: 'SHA-256 over shape, classes, labels and pixels.',
    }),
    createdAt: Type.String({ description: 'RFC 3339, UTC.' }),
    writerId: Type.String({ description: 'The job that stored it, or a name of its own.' }),
    shape: Type.Object(
      {
        width: Type.Integer({ minimum: 1 }),
        height: Type.Integer({ minimum: 1 }),
        channels: Type.Union([Type.Literal(1), Type.Literal(3)]),
      },
      { ...Closed, title: 'DatasetShape' },
    ),
    classes: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { minItems: 2 }),
    classCounts: Type.Array(count, { description: 'Examples of each class, in their order.' }),
    examples: Type.Integer({ minimum: 1 }),
    preprocessing: optional(PreprocessingSchema),
    files: Type.Array(ManifestFileSchema, { minItems: 1, maxItems: 100 }),
    source: Type.Record(Type.String(), Type.Unknown(), { description: 'What it was made from.' }),
    report: CleaningReportSchema,
  },
  Closed,
);
export type DatasetManifest = Static<typeof DatasetManifestSchema>;

/** The most a description may weigh: ten thousand classes with long names fit. */
export const maxDatasetManifestBytes = 16 * 1024 * 1024;

/** The description in these bytes, if it is one, is of this dataset, and agrees with itself. */
export function parseDatasetManifest(
  bytes: Uint8Array,
  name: string,
  digest: string,
): DatasetManifest {
  const refuse = (reason: string, cause?: unknown): never => {
    const error = new errors.GLIMPSE_MANIFEST_INVALID(`dataset ${name}@${digest}`, reason);
    throw withDetails(error, { name, digest, reason }, cause);
  };
  const value = parseJsonBytes(bytes, maxDatasetManifestBytes, refuse);
  if (!Check(DatasetManifestSchema, value)) {
    const [, [fault]] = Errors(DatasetManifestSchema, value);
    return refuse(`${fault?.instancePath || '/'} ${fault?.message ?? 'is not valid'}`);
  }
  const fault = faultOf(value, name, digest);
  return fault === undefined ? value : refuse(fault);
}

function faultOf(manifest: DatasetManifest, name: string, digest: string): string | undefined {
  const { classes, classCounts, examples, files, preprocessing, shape } = manifest;
  if (manifest.name !== name || manifest.digest !== digest) {
    return `it is of ${manifest.name}@${manifest.digest}`;
  }
  if (Number.isNaN(Date.parse(manifest.createdAt))) return '/createdAt is not a date';
  if (new Set(classes).size !== classes.length) return 'a class is named twice';
  const sum = classCounts.reduce((all, one) => all + one, 0);
  if (classCounts.length !== classes.length || sum !== examples) {
    return 'the counts of its classes are not those of its examples';
  }
  if (
    preprocessing &&
    (['width', 'height', 'channels'] as const).some((side) => preprocessing[side] !== shape[side])
  ) {
    return 'its preprocessing makes images of another shape';
  }
  const contract = preprocessing && contractFault(preprocessing);
  if (contract !== undefined) return contract;
  const odd = files.find(({ path }) => !isUsableKey(path) || path === datasetFile);
  return odd && `the file ${JSON.stringify(odd.path)} cannot be one of a dataset`;
}
