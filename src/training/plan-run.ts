import { strict as assert } from 'node:assert';
import { canonicalJson } from '../json.ts';
import { preprocessingFor } from '../datasets/preprocessing-for.ts';
import { isHandwrittenDigits, type UploadedFile } from '../datasets/spec.ts';
import type { DataPlan } from './examples/choose.ts';
import type { FitPlan } from './fit.ts';
import type { OutlierPlan } from './outliers/choose-outliers.ts';
import type { Backbone } from './transfer/backbone.ts';
import { contractFor } from './transfer/images-for.ts';
import { headLayers } from './transfer/ask.ts';
import type { StartPlan } from './start-from.ts';
import type { Recipe } from './lineage.ts';
import type { PublicationPlan } from './publish.ts';
import type { ServingPlan } from './measuring/examine-net.ts';
import type { ReleasePlan } from './releasing/judge-net.ts';
import type { Predecessor } from './predecessor.ts';
import { gateOf, usualGate, type QuantisationGate } from './quantising/quantisation-gate.ts';
import { divideUploads, type ResolvedTrainRequest } from './request.ts';
import type { NetPlan } from './resolve-net.ts';

/** A request, divided among the stages of a run. Nothing but this file reads a request of training. */
export interface RunPlan {
  readonly seed: number;
  readonly data: DataPlan;
  /** What is learnt on top of; undefined: nothing, the net learns from pixels. */
  readonly backbone: Backbone | undefined;
  readonly outliers: OutlierPlan;
  readonly net: NetPlan;
  /** Undefined: from random parameters. */
  readonly start: StartPlan | undefined;
  readonly fit: FitPlan;
  readonly serving: ServingPlan;
  /** How many training examples are kept in the version; undefined: none. */
  readonly keepExamples: number | undefined;
  readonly publication: PublicationPlan;
  readonly release: ReleasePlan;
  /** What the manifest of the version keeps of the request. */
  readonly recipe: Recipe;
  /** Of two runs with the same text only data and code can make a difference. */
  readonly requestText: string;
  /** What was decided for the caller, in words. */
  readonly notes: readonly string[];
}

/** What each stage of a run needs to know of its request. */
export function planRun(
  request: ResolvedTrainRequest,
  uploads: readonly UploadedFile[],
  predecessor?: Predecessor,
  backbone?: Backbone,
): RunPlan {
  const { model, dataset, evaluation, architecture, seed, publish, note, ...hyperparameters } =
    request;
  assert(architecture !== 'auto', 'nobody has decided about the net: this is our bug');
  const { maxBadRows, validationSplit, testSplit, augmentation, earlyStopping } = hyperparameters;
  const { outliers, startFrom, maxError, keepExamples, backbone: _, ...netPlan } = hyperparameters;
  const files = divideUploads(uploads);
  const isHandwriting = isHandwrittenDigits(dataset) || augmentation === 'handwriting';
  const { preprocessing: asked } = hyperparameters;
  const prepared = { isHandwriting, asked };
  const inherited = predecessor?.preprocessing;
  const data: DataPlan = {
    dataset: { spec: dataset, uploads: files.dataset },
    evaluation: evaluation && { spec: evaluation, uploads: files.evaluation },
    maxBadRows,
    shares: { validation: validationSplit, test: testSplit },
    prepareFor: (shape, stored) =>
      backbone
        ? contractFor(backbone, prepared, shape, stored)
        : preprocessingFor({ ...prepared, inherited }, shape, stored),
    imageShape: backbone?.shape,
  };
  return {
    seed,
    data,
    backbone,
    outliers: { source: outliers, maxBadRows },
    net: { ...netPlan, architecture: backbone ? { layers: headLayers } : architecture },
    start: startFrom && { model, ...startFrom },
    fit: { earlyStopping },
    serving: { quantise: quantisationOf(hyperparameters.quantise), maxError },
    keepExamples,
    publication: { model, label: publish.label },
    release: { model, rule: publish.promote, seed, data },
    recipe: { seed, dataset, evaluation, architecture, hyperparameters },
    requestText: canonicalJson(request),
    notes: [
      ...(note === undefined ? [] : [note]),
      ...(hyperparameters.chosen === undefined
        ? []
        : [chosenNote(hyperparameters.chosen, architecture)]),
    ],
  };
}

/** In words, what auto came to. */
function chosenNote(why: string, architecture: unknown): string {
  return `The architecture ${JSON.stringify(architecture)} was chosen (auto): ${why}.`;
}

/** What the net may be worse by in eight bits; undefined where it stays in float32. */
function quantisationOf(asked: ResolvedTrainRequest['quantise']): QuantisationGate | undefined {
  if (asked === true) return usualGate;
  return asked ? gateOf(asked) : undefined;
}
