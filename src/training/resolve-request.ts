import { exampleSize } from '../datasets/dataset.ts';
import type { CheckedDataset } from '../datasets/open.ts';
import { DEFAULT_SHARE } from '../datasets/parts/split.ts';
import { isHandwrittenDigits, type DatasetSpec } from '../datasets/spec.ts';
import { isRecord } from '../json.ts';
import { resolveArchitecture } from '../neural/architectures.ts';
import { namedOptimizer, resolveOptimizer } from '../neural/optimizers.ts';
import { namedSchedule } from '../neural/schedules.ts';
import { resolveData, subjectOf, type ResolveContext } from './default-data.ts';
import type { LearningLoad } from './memory/expected-bytes.ts';
import { optimizationOf, recipeFor } from './recipes.ts';
import type { AskedRecipe, ResolvedTrainRequest, TrainRequest } from './request.ts';
import { checkTransfer } from './transfer/ask.ts';

/** Fills in what a request leaves open; pure, so the same request means the same job. */
export function resolveTrainRequest(
  request: TrainRequest,
  context: ResolveContext,
): ResolvedTrainRequest {
  checkTransfer(request);
  const data = resolveData(request, context);
  const ownShare = data.evaluation ? 0 : DEFAULT_SHARE;
  const isOpen = request.startFrom === undefined && !isHandwriting(request, data.dataset);
  const { architecture = isOpen ? 'auto' : 'dense', optimizer, schedule, ...rest } = request;
  const { batchSize, labelSmoothing, augmentation, epochs, ...others } = rest;
  const asked: AskedRecipe = {
    ...(optimizer !== undefined && { optimizer }),
    ...(schedule !== undefined && { schedule }),
    ...(batchSize !== undefined && { batchSize }),
    ...(labelSmoothing !== undefined && { labelSmoothing }),
    ...(augmentation !== undefined && { augmentation }),
    ...(epochs !== undefined && { epochs }),
  };
  return withRecipe(
    {
      model: context.defaultModel,
      validationSplit: ownShare,
      testSplit: ownShare,
      seed: 1,
      workers: 1,
      l2: 0,
      publish: {},
      maxBadRows: 0.01,
      ...others,
      ...data,
      asked,
    },
    architecture,
  );
}

/** Handwriting has the frame of the founding example, and its net. */
function isHandwriting(request: TrainRequest, dataset: DatasetSpec): boolean {
  const { augmentation, preprocessing } = request;
  const isFramed = isRecord(preprocessing) && preprocessing['canonicalise'] === 'handwriting';
  return (
    augmentation === 'handwriting' || isFramed || subjectOf(request, dataset) === 'handwriting'
  );
}

/** What a request says beside its recipe. */
type WithoutRecipe = Omit<ResolvedTrainRequest, 'architecture' | keyof AskedRecipe>;

/** The request with this architecture, and its recipe wherever nothing else was asked for. */
export function withRecipe(
  { asked = {}, ...request }: WithoutRecipe,
  architecture: ResolvedTrainRequest['architecture'],
): ResolvedTrainRequest {
  const recipe = recipeFor(architecture, subjectOf(request, request.dataset));
  const { optimizer, schedule } = asked;
  const optimization = optimizationOf(
    {
      optimizer: optimizer && namedOptimizer(optimizer),
      schedule: schedule && namedSchedule(schedule),
      earlyStopping: request.earlyStopping,
    },
    recipe,
  );
  return {
    ...request,
    architecture,
    epochs: 50,
    batchSize: recipe.batchSize,
    labelSmoothing: recipe.labelSmoothing,
    augmentation: recipe.augmentation,
    ...asked,
    schedule: optimization.schedule,
    optimizer: resolveOptimizer(optimization.optimizer),
    ...(architecture === 'auto' && { asked }),
  };
}

/** Where the shape of the examples is known beforehand, a net that does not fit is refused at once; what it will learn from, as far as that is known. */
export function checkArchitecture(
  { architecture, dataset, batchSize }: ResolvedTrainRequest,
  known: CheckedDataset['known'] = knownInput(dataset),
): LearningLoad | undefined {
  if (!known || architecture === 'transfer' || architecture === 'auto') return undefined;
  const { channels, height, width } = known.shape;
  const input = { inputShape: [channels, height, width], classes: known.classes };
  resolveArchitecture(architecture, input);
  return {
    ...input,
    batchSize,
    lastBatch: 0,
    examples: 0,
    validation: 0,
    exampleBytes: exampleSize(known.shape),
  };
}

function knownInput(dataset: DatasetSpec): CheckedDataset['known'] {
  const shape = isHandwrittenDigits(dataset)
    ? ({ width: 28, height: 28, channels: 1 } as const)
    : dataset.shape;
  const classes = dataset.classes?.length ?? (isHandwrittenDigits(dataset) ? 10 : undefined);
  return shape && classes !== undefined ? { shape, classes } : undefined;
}
