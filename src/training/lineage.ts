import type { DatasetReport } from '../datasets/report.ts';
import type { DatasetSpec } from '../datasets/spec.ts';
import type { Lineage } from '../repository/manifest.ts';
import type { FittedNet } from './fit.ts';
import type { Backbone } from './transfer/backbone.ts';

/** All of a request that decides what a net becomes. */
export interface Recipe {
  readonly seed: number;
  readonly dataset: DatasetSpec;
  readonly evaluation: DatasetSpec | undefined;
  readonly architecture: unknown;
  /** What decides what is learnt from the data. */
  readonly hyperparameters: Readonly<Record<string, unknown>>;
}

/** Who trained: the job, the command line that trains the same again, and the code. */
export interface LineageContext {
  readonly codeVersion: string;
  readonly command?: string;
  readonly job?: string;
}

/** A net, and what it learnt from beside its examples. */
export interface LearntNet extends FittedNet {
  readonly parameters: number;
  readonly outliers: { readonly count: number; readonly digest: string } | undefined;
  /** Undefined: it learnt from pixels. */
  readonly backbone: Pick<Backbone, 'name' | 'digest' | 'isTrusted'> | undefined;
}

/** Where a version came from: enough to train it again. */
export function lineageOf(
  { seed, dataset, evaluation, architecture, hyperparameters }: Recipe,
  { digest, evaluationDigest, examples, parts, badRows }: DatasetReport,
  { parameters, history, bestEpoch, outliers, backbone }: LearntNet,
  { codeVersion, command, job }: LineageContext,
): Lineage {
  return {
    codeVersion,
    ...(job !== undefined && { job }),
    ...(command !== undefined && { command }),
    seed,
    dataset: {
      ...dataset,
      digest,
      examples,
      parts,
      badRows: badRows.count,
      ...(evaluation && { evaluation: { ...evaluation, digest: evaluationDigest } }),
    },
    architecture,
    hyperparameters: {
      ...hyperparameters,
      parameters,
      epochsTrained: history.length,
      ...(bestEpoch !== undefined && { bestEpoch }),
      ...(backbone && {
        onTopOf: {
          name: backbone.name,
          digest: backbone.digest,
          isTrusted: backbone.isTrusted,
        },
      }),
      ...(outliers && { outlierImages: { count: outliers.count, digest: outliers.digest } }),
    },
  };
}
