import { gateOf, type QuantisationGate } from '../../training/quantising/quantisation-gate.ts';
import { UsageError, type ValuesOf } from '../command.ts';
import { flag, number, text } from '../options.ts';

/** What a model may be worse by in eight bits. */
export const gateOptions = {
  maxAccuracyFall: number(
    'points',
    'for --quantise: by how many of a hundred its accuracy may fall (0.5)',
  ),
  minAgreement: number(
    'percent',
    'for --quantise: how many of a hundred examples both models must answer alike (99)',
  ),
};

/** The options of a command that puts a model in eight bits. */
export const quantiseOptions = {
  quantise: flag(
    'as eight bits: faster and a quarter of the size, and published only when it answers nearly as the model does',
  ),
  calibration: text(
    'folder or dataset',
    'for --quantise: at least 64 images like those it will be asked about, half of which it is compared on; with labels (a dataset, or a folder for each class) by its accuracy, too',
  ),
  ...gateOptions,
};

/** What is asked for, when it is: the place of the examples, and what the model may be worse by. */
export function quantisationAsked({
  quantise,
  calibration,
  maxAccuracyFall,
  minAgreement,
}: ValuesOf<typeof quantiseOptions>):
  { readonly calibration: string; readonly gate: QuantisationGate } | undefined {
  if (!quantise) {
    const said = [calibration, maxAccuracyFall, minAgreement];
    if (said.every((one) => one === undefined)) return undefined;
    throw new UsageError(
      '--calibration, --max-accuracy-fall and --min-agreement go with --quantise.',
    );
  }
  if (calibration === undefined) {
    throw new UsageError('--quantise needs --calibration, a folder of images or a dataset.');
  }
  return { calibration, gate: gateOf(gateAsked({ maxAccuracyFall, minAgreement })) };
}

/** The gate as the fields of a request have it: shares of one. */
export function gateAsked({ maxAccuracyFall, minAgreement }: ValuesOf<typeof gateOptions>): {
  maxAccuracyFall?: number;
  minAgreement?: number;
} {
  const fall = shareOf('--max-accuracy-fall', maxAccuracyFall);
  const agreement = shareOf('--min-agreement', minAgreement);
  return {
    ...(fall !== undefined && { maxAccuracyFall: fall }),
    ...(agreement !== undefined && { minAgreement: agreement }),
  };
}

/** So many of a hundred as a share of one. */
function shareOf(option: string, percent: number | undefined): number | undefined {
  if (percent === undefined) return undefined;
  if (percent >= 0 && percent <= 100) return percent / 100;
  throw new UsageError(`${option} is from 0 to 100.`);
}
