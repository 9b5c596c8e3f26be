import type { Config } from '../../config.ts';
import type { TrainOutcome } from '../../training/events.ts';
import { intervalInWords, percent, servedInWords } from './train-progress.ts';

/** What came out, for people. */
export function describeOutcome(
  { model, version, metrics, timings, release, notes }: TrainOutcome,
  config: Config,
  shown: readonly string[],
): string {
  const { accuracy = 0, macroRecall = 0, loss = 0, calibrationError, temperature } = metrics;
  const { examples, measuredOn } = metrics;
  const { read, train: training, evaluate, publish } = timings;
  return [
    `${model} version ${version}: accuracy ${percent(accuracy)}${intervalInWords(metrics)} on ${examples} ${measuredOn}`,
    ...servedInWords(metrics),
    `loss ${loss.toFixed(4)}, mean recall of the classes ${percent(macroRecall)}, calibration error ${percent(calibrationError ?? 0)}, temperature ${temperature}`,
    `trained in ${training.toFixed(1)} s (reading ${read.toFixed(1)} s, measuring ${evaluate.toFixed(1)} s, publishing ${publish.toFixed(1)} s)`,
    `published to ${config.GLIMPSE_REPOSITORY}/${model}/${version}`,
    ...(release?.decision === 'promoted' ? [`production: ${release.reason}`] : []),
    ...notes.filter((note) => !shown.includes(note)),
  ].join('\n');
}
