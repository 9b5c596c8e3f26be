import { createHash } from 'node:crypto';
import { exampleAt } from '../../datasets/dataset.ts';
import { nameOfDataset } from '../../datasets/report.ts';
import type { DatasetSpec } from '../../datasets/spec.ts';
import { canonicalJson } from '../../json.ts';
import { rowShapeOf } from '../../preprocessing/row-shape.ts';
import { createRandom } from '../../random.ts';
import type { Manifest } from '../../repository/manifest.ts';
import type { Preprocessing } from '../../preprocessing/contract.ts';
import type { Examples } from '../examples/batches.ts';
import { chooseExamples, type ReadContext } from '../examples/choose.ts';
import type { SharedExamples } from './compare.ts';
import type { Reference } from './reference.ts';

/** Examples that can be prepared in another way, from the beginning. */
export interface ReadAgain {
  readonly name: string;
  /** The same examples in the same order. */
  readonly prepared: (preprocessing: Preprocessing) => Promise<Examples>;
  /** Whether they are those they were before, as far as that was recorded. */
  readonly areSame?: (...read: readonly Examples[]) => Promise<boolean>;
}

/** How a version takes an image. */
type Contract = Pick<Manifest, 'preprocessing' | 'signature'>;

export interface Contracts {
  readonly candidate: Contract;
  readonly present: Contract;
}

/** The examples as each of two versions prepares them; read once where both prepare them alike. */
export async function shareExamples(
  { name, prepared, areSame = async () => true }: ReadAgain,
  contracts: Contracts,
): Promise<SharedExamples> {
  const [ours, theirs] = [contracts.candidate.preprocessing, contracts.present.preprocessing];
  const candidate = await prepared(ours);
  const isAlike = canonicalJson(ours) === canonicalJson(theirs);
  const present = isAlike ? candidate : await prepared(theirs);
  if (!(await areSame(candidate, present))) {
    throw new Error(`the examples of ${name} are not those that were measured on before`);
  }
  if (!areAlike(candidate, present)) {
    throw new Error(`as the two versions prepare them, the examples of ${name} are not the same`);
  }
  return {
    name,
    candidate: { ...candidate, layout: contracts.candidate.signature.input.layout },
    present: { ...present, layout: contracts.present.signature.input.layout },
  };
}

/** The examples of a reference; labels outside of `classes` are refused. */
export function readReference(
  reference: Pick<Reference, 'dataset' | 'split'> & Partial<Reference>,
  classes: readonly string[],
  context: ReadContext,
): ReadAgain {
  const { dataset, split, digest, readAs } = reference;
  const part = split ? `the part set aside of ${nameOfDataset(dataset)}` : nameOfDataset(dataset);
  return {
    name: part,
    prepared: (preprocessing) => readPrepared(reference, classes, preprocessing, context),
    async areSame(...read) {
      // One that an earlier release has recorded may have been read in any way.
      if (digest === undefined || !readAs) return true;
      if (read.some((examples) => examples.dataset.digest === digest)) return true;
      const { preprocessing } = readAs;
      const again = await readPrepared(reference, readAs.classes, preprocessing, context);
      return again.dataset.digest === digest;
    },
  };
}

async function readPrepared(
  { dataset, split }: Pick<Reference, 'dataset' | 'split'>,
  classes: readonly string[],
  preprocessing: Preprocessing,
  context: ReadContext,
): Promise<Examples> {
  const spec: DatasetSpec = {
    ...dataset,
    classes: orderIn(dataset, classes),
    shape: rowShapeOf(preprocessing),
  };
  const reading = { maxBadRows: MAX_BAD_ROWS, prepareFor: () => preprocessing };
  if (split) {
    const { seed, ...shares } = split;
    const plan = { dataset: { spec, uploads: [] }, shares, ...reading };
    return (await chooseExamples(plan, context, createRandom(seed))).test;
  }
  const { dataset: read } = await context.datasets.open(spec, {
    uploads: [],
    workDir: context.jobDir,
    maxBadRows: MAX_BAD_ROWS,
    preprocessing: () => preprocessing,
    signal: context.signal,
  });
  return { dataset: read, indices: read.labels.map((_, index) => index), preprocessing };
}

/** Labels may be the numbers of the classes as the request named them: later versions may have another order. */
function orderIn({ classes: own }: DatasetSpec, classes: readonly string[]): string[] {
  const isSame = own?.length === classes.length && classes.every((name) => own.includes(name));
  return [...(own && isSame ? own : classes)];
}

/** Unusable rows that are passed over, as in a request that says nothing of them. */
const MAX_BAD_ROWS = 0.01;

/** The examples without those whose pixels are among the learnt ones: whoever has learnt from them knows them. */
export function withoutLearnt(shared: SharedExamples, learnt: readonly Examples[]): SharedExamples {
  const seen = new Set(learnt.flatMap((examples) => digestsOf(examples)));
  const digests = digestsOf(shared.candidate);
  const isUnseen = (_: number, row: number): boolean => !seen.has(digests[row]!);
  const reduced = (examples: Examples): Examples => ({
    ...examples,
    indices: examples.indices.filter(isUnseen),
  });
  return { ...shared, candidate: reduced(shared.candidate), present: reduced(shared.present) };
}

function digestsOf({ dataset, indices }: Examples): string[] {
  return Array.from(indices, (index) =>
    createHash('sha1').update(exampleAt(dataset, index)).digest('base64'),
  );
}

function areAlike(one: Examples, other: Examples): boolean {
  const [ours, theirs] = [namesOf(one), namesOf(other)];
  return ours.length === theirs.length && ours.every((name, row) => name === theirs[row]);
}

function namesOf({ dataset, indices }: Examples): string[] {
  return Array.from(indices, (index) => dataset.classes[dataset.labels[index]!]!);
}
