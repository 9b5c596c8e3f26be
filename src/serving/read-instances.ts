import { asError, errors, isGlimpseError, withDetails, type GlimpseError } from '../errors.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import type { PreparedPage } from '../image/read-image-file.ts';
import { readsAll } from '../preprocessing/steps.ts';
import {
  isOfInstance,
  refuseUnknownFile,
  tensorBytes,
  type Contract,
  type Instance,
  type Prepared,
  type PrepareOptions,
} from './prepare-instances.ts';

/** The digits of all pictures of a request one after the other, and which of them are whose. */
export interface ReadInstances {
  /** A picture that is not usable has one place, with its error. */
  readonly prepared: readonly Prepared[];
  readonly pages: readonly (PreparedPage | GlimpseError)[];
}

export interface ReadOptions extends Omit<PrepareOptions, 'images'> {
  readonly images: Pick<ImagePreparer, 'readPage'>;
  /** Is told how many digits there are, which may end the request. */
  readonly onExamples: ((count: number) => void) | undefined;
}

/** Whether every digit of each picture is to be answered: by what is asked, or by the contract. */
export function isReading(
  { read }: { readonly read?: 'line' | 'contract' | undefined },
  { preprocessing }: Pick<Contract, 'preprocessing'>,
): boolean {
  return read === 'line' || (read === 'contract' && readsAll(preprocessing));
}

/** Every digit of every picture, paid for as what it runs; refused and failed as `prepareInstances` does. */
export async function readInstances(
  instances: readonly Instance[],
  contract: Contract & { readonly model: string; readonly version: number },
  options: ReadOptions,
): Promise<ReadInstances> {
  const { cancellation, account, onExamples } = options;
  const { model, version } = contract;
  if (contract.preprocessing.canonicalise !== 'handwriting') {
    throw new errors.GLIMPSE_CANNOT_READ_LINES(`that of "${model}" version ${version} does not`);
  }
  try {
    const pages = await cancellation.race(
      Promise.all(instances.map(async (each, index) => readAt(index, each, contract, options))),
    );
    const prepared = pages.flatMap((page): readonly Prepared[] =>
      'lines' in page ? page.lines.flatMap(({ digits }) => digits) : [page],
    );
    const more = Math.max(0, prepared.length - instances.length);
    account?.keepMore(tensorBytes(contract.signature, more));
    onExamples?.(prepared.length);
    return { prepared, pages };
  } catch (error) {
    cancellation.cancel(asError(error));
    throw error;
  }
}

async function readAt(
  index: number,
  instance: Instance,
  contract: Contract,
  { images, partial, strict, cancellation, account }: ReadOptions,
): Promise<PreparedPage | GlimpseError> {
  const { preprocessing, signature } = contract;
  try {
    if (instance.kind === 'failed') throw instance.error;
    if (instance.kind !== 'image') throw new errors.GLIMPSE_CANNOT_READ_LINES('these are pixels');
    refuseUnknownFile(instance.input, signature);
    const { layout } = signature.input;
    const page = await images.readPage(
      instance.bytes,
      preprocessing,
      layout,
      cancellation,
      account,
    );
    if (strict && page.provenance.isDamaged) throw new errors.GLIMPSE_IMAGE_DAMAGED();
    return page;
  } catch (error) {
    if (cancellation.aborted || !isGlimpseError(error) || !isOfInstance(error)) throw error;
    if (partial) return error;
    throw withDetails(error, { ...error.details, index });
  }
}
