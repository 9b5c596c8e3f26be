import type { OptimizerSpec } from '../neural/optimizers.ts';
import { isPresetName, type PresetName } from '../neural/presets.ts';
import type { Schedule } from '../neural/schedules.ts';
import type { Augmentation } from './examples/augmentation-spec.ts';

/** How a preset is trained where a request leaves it open; each was measured with its net. */
export interface Recipe {
  readonly batchSize: number;
  readonly optimizer: OptimizerSpec;
  readonly schedule: Schedule;
  readonly labelSmoothing: number;
  readonly augmentation: Augmentation;
}

/** What the preset is trained on, as far as it makes another recipe. */
export type Subject = 'handwriting' | 'anything';

/** The largest rate of Adam on a one-cycle schedule. */
const peaks: Readonly<Record<PresetName, number>> = {
  dense: 0.003,
  'cnn-tiny': 0.006,
  cnn: 0.006,
  'cnn-wide': 0.005,
  'cnn-large': 0.005,
  rnn: 0.002,
  lstm: 0.006,
  gru: 0.006,
};

/** Of layers that a request lists: nobody has measured that net, so nothing is varied or scheduled. */
const plain: Recipe = {
  batchSize: 32,
  optimizer: { name: 'adam' },
  schedule: { name: 'constant' },
  labelSmoothing: 0,
  augmentation: 'none',
};

/** Of a dense layer on top of a backbone: whatever varies an image would have its features found anew. */
const transfer: Recipe = {
  batchSize: 32,
  optimizer: { name: 'adam', learningRate: 0.005 },
  schedule: { name: 'one-cycle' },
  labelSmoothing: 0,
  augmentation: 'none',
};

/** The recipe of an architecture, as a request names it. */
export function recipeFor(architecture: unknown, subject: Subject): Recipe {
  if (architecture === 'transfer') return transfer;
  if (!isPresetName(architecture)) return plain;
  return {
    batchSize: architecture === 'dense' ? 32 : 50,
    optimizer: { name: 'adam', learningRate: peaks[architecture] },
    schedule: { name: 'one-cycle' },
    labelSmoothing: architecture === 'dense' ? 0 : 0.1,
    augmentation: augmentationFor(architecture, subject),
  };
}

/** A dense net has no notion of place, so small shifts are what helps it most; a net of strokes or photographs takes more. */
function augmentationFor(preset: PresetName, subject: Subject): Augmentation {
  if (preset === 'dense') return 'shift';
  return subject === 'handwriting' ? 'handwriting' : 'photo';
}

/** What a request says of how its net is trained. */
export interface AskedRecipe {
  readonly optimizer?: OptimizerSpec | undefined;
  readonly schedule?: Schedule | undefined;
  readonly earlyStopping?: unknown;
}

/**
 * Rate and schedule belong together: a schedule that ends at nothing needs its peak and all of its epochs. So the peak
 * of the recipe is taken with its schedule alone, and the schedule neither with another optimizer or rate, nor where
 * the run may end early.
 */
export function optimizationOf(
  { optimizer, schedule, earlyStopping }: AskedRecipe,
  recipe: Recipe,
): Pick<Recipe, 'optimizer' | 'schedule'> {
  const isOwn =
    optimizer !== undefined && (optimizer.name !== 'adam' || 'learningRate' in optimizer);
  const decided =
    schedule ?? (isOwn || earlyStopping !== undefined ? plain.schedule : recipe.schedule);
  const isScheduled = decided.name === recipe.schedule.name && !isOwn;
  const { optimizer: own } = isScheduled ? recipe : plain;
  return { optimizer: { ...own, ...optimizer }, schedule: decided };
}
