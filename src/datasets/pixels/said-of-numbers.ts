import { errors } from '../../errors.ts';
import type { DatasetFormat, DatasetSpec } from '../spec.ts';

/** What a request says of the numbers of a dataset: what they mean, and in which order they come. */
export type SaidOfNumbers = Pick<DatasetSpec, 'range' | 'layout'>;

/** The same of a dataset that another one goes with. */
export interface SaidOfOther extends SaidOfNumbers {
  readonly format: DatasetFormat;
}

/**
 * What holds for a dataset: what its own request says, else what is said of the one it goes with, when both are of
 * one format. What was taken over is told in words.
 */
export function numbersFor(
  own: SaidOfNumbers,
  other: SaidOfOther | undefined,
  format: DatasetFormat,
): { readonly said: SaidOfNumbers; readonly notes: readonly string[] } {
  const isAlike = other?.format === format;
  const range = own.range ?? (isAlike ? other.range : undefined);
  const layout = own.layout ?? (isAlike ? other.layout : undefined);
  const taken = [
    ...(own.range === undefined && range !== undefined ? [`range ${String(range)}`] : []),
    ...(own.layout === undefined && layout !== undefined ? [`layout "${layout}"`] : []),
  ];
  return {
    said: { ...(range !== undefined && { range }), ...(layout !== undefined && { layout }) },
    notes:
      taken.length === 0
        ? []
        : [
            `The evaluation dataset is read with ${taken.join(' and ')}, as the dataset it goes with.`,
          ],
  };
}

/** Refuses what a request says of numbers where a format has none, or says it itself. */
export function checkSaidOf(format: DatasetFormat, { range, layout }: SaidOfNumbers): void {
  if (layout !== undefined && ['images', 'idx', 'cifar'].includes(format)) {
    throw new errors.GLIMPSE_DATASET_INVALID(`layout is for tables; ${format} say it themselves`);
  }
  if (range === undefined || format !== 'images') return;
  throw new errors.GLIMPSE_DATASET_INVALID(
    'range is for numbers; files of images say it themselves',
  );
}

/** Refuses what a request says of numbers when the rows of a table hold image files. */
export function checkSaidOfRows({ range, layout }: SaidOfNumbers): void {
  const said = range === undefined ? 'layout' : 'range';
  if (range === undefined && layout === undefined) return;
  throw new errors.GLIMPSE_DATASET_INVALID(
    `${said} is for numbers; its rows hold files of images, which say it themselves`,
  );
}
