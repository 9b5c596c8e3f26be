import { errors, isGlimpseError, type GlimpseError } from '../../errors.ts';
import type { Preprocessing } from '../../preprocessing/contract.ts';
import type { ImageShape } from '../dataset.ts';
import type { DatasetOpener, OpenedDataset, OpenOptions } from '../open.ts';
import type { SourcePlan } from '../parts/measured-on.ts';
import type { DatasetSpec } from '../spec.ts';
import { settingFor } from './deciding-settings.ts';
import { optionOf, type Findings } from './findings.ts';
import type { Setting } from './look-report.ts';
import { observeRows, type RowObservations } from './observe-rows.ts';

export interface FarReading {
  /** Undefined when something prevents that any example is seen. */
  readonly opened: OpenedDataset | undefined;
  /** The request, with what was assumed to look at the rest. */
  readonly spec: DatasetSpec;
  readonly assumed: readonly Setting[];
  readonly rows: RowObservations;
}

export interface FarReadingOptions {
  readonly datasets: DatasetOpener;
  readonly workDir: string;
  readonly maxBadRows: number;
  readonly preprocessing: (shape: ImageShape) => Preprocessing;
  readonly signal: AbortSignal;
  readonly findings: Findings;
  /** What is said of the dataset that this one is measured on for. */
  readonly goesWith?: NonNullable<OpenOptions['goesWith']>;
  /** What lies apart to be measured on, when it is that. */
  readonly within?: string;
}

/** A dataset is read anew after each question, with its likeliest answer, and so often at most. */
const MAX_READINGS = 6;

/** Reads a dataset as training does, and goes on past every question as if its likeliest answer had been given. */
export async function readAsFar(
  { spec: asked, uploads }: SourcePlan,
  options: FarReadingOptions,
): Promise<FarReading> {
  const { datasets, findings, within, ...given } = options;
  const assumed: Setting[] = [];
  for (let spec = asked; ;) {
    const rows = observeRows();
    const isLast = assumed.length === MAX_READINGS - 1;
    const refused: GlimpseError[] = [];
    const add = (error: GlimpseError): void =>
      findings.addRefusal(error, settingFor(error, spec), within);
    try {
      const opened = await datasets.open(spec, {
        ...given,
        ...rows.hooks,
        uploads,
        refuse: (error) => {
          if (!isLast && answerTo(error, spec)) throw error;
          refused.push(error);
        },
      });
      for (const error of refused) add(error);
      return { opened, spec, assumed, rows };
    } catch (error) {
      given.signal.throwIfAborted();
      if (!isDatasetsFault(error)) throw error;
      const answer = isLast ? undefined : answerTo(error, spec);
      if (!answer) {
        for (const one of [...refused, error]) add(one);
        return { opened: undefined, spec, assumed, rows };
      }
      // The others come again with the next reading, as far as the answer has not changed them.
      add(error);
      assumed.push(answer.setting);
      spec = answer.spec;
    }
  }
}

/** The likeliest answer to a question that was not answered before, and the request with it; undefined when there is none. */
function answerTo(
  error: GlimpseError,
  spec: DatasetSpec,
): { readonly setting: Setting; readonly spec: DatasetSpec } | undefined {
  const option = optionOf(error);
  const setting = settingFor(error, spec);
  if (option === undefined || !setting?.values) return undefined;
  const [value] = setting.values;
  const isAnswered = option === 'uri' ? spec.uri === value : spec[option] !== undefined;
  return isAnswered ? undefined : { setting, spec: { ...spec, [option]: value } };
}

/** Whether the dataset is to blame: a store that does not answer, or a place that is forbidden, says nothing about it. */
function isDatasetsFault(error: unknown): error is GlimpseError {
  return (
    isGlimpseError(error) &&
    [409, 413, 415, 422].includes(error.statusCode) &&
    !(error instanceof errors.GLIMPSE_TRAINING_CANCELLED)
  );
}
