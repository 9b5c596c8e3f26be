import type { Static } from 'typebox';
import { Check } from 'typebox/schema';
import { DatasetSpecSchema } from '../../datasets/spec.ts';
import { isRecord } from '../../json.ts';
import type { Lineage, Manifest } from '../../repository/manifest.ts';
import { Closed } from '../../schema.ts';
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
    split: Type.Optional(
      Type.Object({ seed: Type.Integer(), validation: Type.Number(), test: Type.Number() }, Closed),
    ),
  },
  Closed,
);
export type Reference = Static<typeof ReferenceSchema>;

/** The lineage of a version that comes after another, and hands on what that one was measured on. */
export function withReference(
  lineage: Lineage,
  present: Pick<Manifest, 'lineage'> | undefined,
): Lineage {
  const reference = present && referenceOf(present);
  return reference ? { ...lineage, dataset: { ...lineage.dataset, reference } } : lineage;
}

/** The reference of a version; undefined where its examples came with the request and are nowhere to be read again. */
export function referenceOf({ lineage }: Pick<Manifest, 'lineage'>): Reference | undefined {
  const { dataset } = lineage;
  if (dataset === undefined) return undefined;
  const { reference, evaluation } = dataset;
  if (Check(ReferenceSchema, reference)) return reference;
  if (isRecord(evaluation)) return named(evaluation);
  const split = splitOf(lineage);
  const whole = split && named(dataset);
  return whole && { ...whole, split };
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
