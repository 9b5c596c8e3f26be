import type { Static } from 'typebox';
import { Check } from 'typebox/schema';
import { DatasetSpecSchema } from '../../datasets/spec.ts';
import { isRecord } from '../../json.ts';
import type { Lineage, Manifest } from '../../repository/manifest.ts';
import { Closed } from '../../schema.ts';
import { PreprocessingSchema } from '../../preprocessing/contract.ts';
import { Type } from '../../schema/builder.ts';

/**
 * What the versions of a model have been measured on since its first one that named it: handed on from version to
 * version in their lineage, so that a model is never judged by whatever data came last alone.
 */
export const ReferenceSchema = Type.Object(
  {
    dataset: DatasetSpecSchema,
    /** Of the dataset as it was read then. */
    digest: Type.String(),
    /** Which part of it was set aside; without it all of it is measured on. */
    /** How it was read then, without which it has another digest. */
    readAs: Type.Optional(
      Type.Object(
        { preprocessing: PreprocessingSchema, classes: Type.Array(Type.String()) },
        Closed,
      ),
    ),
    split: Type.Optional(
      Type.Object({ seed: Type.Integer(), validation: Type.Number(), test: Type.Number() }, Closed),
    ),
  },
  Closed,
);
export type Reference = Static<typeof ReferenceSchema>;

/** What of a manifest says what its version was measured on, and how that was read. */
type Referring = Pick<Manifest, 'lineage'> & Partial<Pick<Manifest, 'preprocessing' | 'signature'>>;

/** The lineage of a version that comes after another, and hands on what that one was measured on. */
export function withReference(lineage: Lineage, present: Referring | undefined): Lineage {
  const reference = present && referenceOf(present);
  return reference ? { ...lineage, dataset: { ...lineage.dataset, reference } } : lineage;
}

/** The reference of a version; undefined where its examples came with the request and are nowhere to be read again. */
export function referenceOf({ lineage, ...version }: Referring): Reference | undefined {
  const { dataset } = lineage;
  if (dataset === undefined) return undefined;
  const { reference, evaluation } = dataset;
  if (Check(ReferenceSchema, reference)) return reference;
  const split = isRecord(evaluation) ? undefined : splitOf(lineage);
  const own = isRecord(evaluation) ? named(evaluation) : split && named(dataset);
  if (!own) return undefined;
  const { preprocessing, signature } = version;
  const readAs = preprocessing && signature && { preprocessing, classes: signature.classes };
  return { ...own, ...(readAs && { readAs }), ...(split && { split }) };
}

function named(described: Readonly<Record<string, unknown>>): Reference | undefined {
  const known = Object.keys(DatasetSpecSchema.properties);
  const spec = Object.fromEntries(
    Object.entries(described).filter(([name]) => known.includes(name)),
  );
  const { digest } = described;
  if (typeof digest !== 'string' || typeof spec['uri'] !== 'string') return undefined;
  return Check(DatasetSpecSchema, spec) ? { dataset: spec, digest } : undefined;
}

function splitOf({ seed, hyperparameters = {} }: Lineage): Reference['split'] {
  const { validationSplit: validation, testSplit: test } = hyperparameters;
  if (seed === undefined || typeof validation !== 'number' || typeof test !== 'number') {
    return undefined;
  }
  return test > 0 ? { seed, validation, test } : undefined;
}
