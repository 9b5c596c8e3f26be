import { usualGate, type QuantisationGate } from '../../training/quantising/quantisation-gate.ts';
import { UsageError, type ValuesOf } from '../command.ts';
import { flag, number, text } from '../options.ts';

/** The options of a command that puts a model in eight bits. */
export const quantiseOptions = {
  quantise: flag(
    'as eight bits: faster and a quarter of the size, and published only when it answers nearly as the model does',
  ),
  calibration: text(
    'folder or dataset',
    'for --quantise: at least 64 images like those it will be asked about, half of which it is compared on; with labels (a dataset, or a folder for each class) by its accuracy, too',
  ),
  maxAccuracyFall: number(
    'points',
    'for --quantise: by how many of a hundred its accuracy may fall (0.5)',
  ),
};

/** What is asked for, when it is: the place of the examples, and what the model may be worse by. */
export function quantisationAsked({
  quantise,
  calibration,
  maxAccuracyFall,
}: ValuesOf<typeof quantiseOptions>):
  { readonly calibration: string; readonly gate: QuantisationGate } | undefined {
  if (!quantise) {
    if (calibration === undefined && maxAccuracyFall === undefined) return undefined;
    throw new UsageError('--calibration and --max-accuracy-fall go with --quantise.');
  }
  if (calibration === undefined) {
    throw new UsageError('--quantise needs --calibration, a folder of images or a dataset.');
  }
  if (maxAccuracyFall !== undefined && !(maxAccuracyFall >= 0 && maxAccuracyFall <= 100)) {
    throw new UsageError('--max-accuracy-fall is from 0 to 100.');
  }
  const fall = maxAccuracyFall === undefined ? usualGate.maxAccuracyFall : maxAccuracyFall / 100;
  return { calibration, gate: { ...usualGate, maxAccuracyFall: fall } };
}
