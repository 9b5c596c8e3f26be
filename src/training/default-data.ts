import { isHandwrittenDigits, type DatasetSpec } from '../datasets/spec.ts';
import { isRecord } from '../json.ts';
import type { Subject } from './recipes.ts';

/** What a request says of its data. */
export interface AskedData {
  readonly dataset?: DatasetSpec;
  readonly evaluation?: DatasetSpec;
  readonly validationSplit?: number;
  readonly testSplit?: number;
  readonly preprocessing?: unknown;
}

/** What is learnt from, what is measured on, and what was decided for the caller, in words. */
export interface DecidedData {
  readonly dataset: DatasetSpec;
  readonly evaluation?: DatasetSpec;
  readonly note?: string;
}

/** What a request is read with. */
export interface ResolveContext {
  readonly defaultModel: string;
  /** Whether the MNIST files are on this machine. */
  readonly hasMnist: boolean;
  readonly hasUploads: boolean;
}

/** Examples that a run on the first ones of the same source never sees. */
const MNIST_HELD_OUT = { uri: 'mnist:', offset: 50_000, limit: 10_000 };
const SAMPLE_HELD_OUT = { uri: 'sample:test' };
const FOUNDING_LIMIT = 1000;

/** The dataset of a request, and what is measured on where it names nothing. */
export function resolveData(
  request: AskedData,
  { hasMnist, hasUploads }: ResolveContext,
): DecidedData {
  const isOpen = request.dataset?.uri === undefined && !hasUploads;
  const dataset = isOpen
    ? { uri: hasMnist ? 'mnist:' : 'sample:', limit: FOUNDING_LIMIT, ...request.dataset }
    : (request.dataset ?? {});
  const evaluation = request.evaluation ?? heldOutFor(request, dataset);
  return {
    dataset,
    ...(evaluation && { evaluation }),
    ...(isOpen &&
      !hasMnist && {
        note: 'MNIST is not on this machine (npm run fetch-mnist), so digits that Glimpse drew itself were used.',
      }),
  };
}

/** Our own datasets have examples to spare, as long as the request does not ask for all of them. */
function heldOutFor(request: AskedData, dataset: DatasetSpec): DatasetSpec | undefined {
  if (request.validationSplit !== undefined || request.testSplit !== undefined) return undefined;
  const end = (dataset.offset ?? 0) + (dataset.limit ?? Number.POSITIVE_INFINITY);
  if (/^mnist:(train)?$/i.test(dataset.uri ?? '') && end <= MNIST_HELD_OUT.offset) {
    return MNIST_HELD_OUT;
  }
  return /^sample:(train)?$/i.test(dataset.uri ?? '') ? SAMPLE_HELD_OUT : undefined;
}

/** Handwriting is what lies in the frame of MNIST, or what the request prepares as such; never guessed from pixels. */
export function subjectOf({ preprocessing }: AskedData, dataset: DatasetSpec): Subject {
  const isAsked = isRecord(preprocessing) && preprocessing['preset'] === 'handwriting';
  return isAsked || isHandwrittenDigits(dataset) ? 'handwriting' : 'anything';
}
