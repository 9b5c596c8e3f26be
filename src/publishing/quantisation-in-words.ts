import type { Quantisation, QuantisationSide } from '../repository/figures/quantisation.ts';
import { table } from '../cli/table.ts';

/** Both models beside each other, as lines. */
export function quantisationInWords(quantisation: Quantisation): string[] {
  const { calibratedOn, comparedOn, agreement, float, quantised } = quantisation;
  return [
    `eight bits: calibrated on ${calibratedOn.examples} examples, ${(agreement * 100).toFixed(2)} % of ${comparedOn} others answered alike`,
    table(
      ['model', 'size', 'accuracy', 'an image alone', 'in a batch'],
      [row('float32', float), row('eight bits', quantised)],
    ),
  ];
}

const row = (
  name: string,
  { bytes, accuracy, msAlone, batchSize, msInBatch }: QuantisationSide,
) => [
  name,
  `${(bytes / 1024).toFixed(0)} KiB`,
  accuracy === undefined ? '-' : `${(accuracy * 100).toFixed(2)} %`,
  `${msAlone} ms`,
  `${msInBatch} ms (${batchSize})`,
];
