import { messageOf } from '../../errors.ts';
import type { ImagePreparer } from '../../image/prepare-image.ts';
import type { ReadFile } from '../../loading/self-test.ts';
import type { Manifest } from '../../repository/manifest.ts';
import { conditionsOf, type ReleaseRule } from '../../repository/releases/release-policy.ts';
import type { ReleaseCheck } from '../../repository/releases/release-record.ts';
import type { Preprocessing } from '../../preprocessing/contract.ts';
import type { Signature } from '../../signature.ts';
import { argmax } from '../../tensor.ts';
import type { Infer } from '../measuring/evaluate.ts';

/** What is to become a version, as far as it is tried before. */
export interface Tried {
  readonly infer: Infer;
  readonly signature: Signature;
  readonly preprocessing: Preprocessing;
}

/** The name that the class of the present version has in the new one. */
export type NameIn = (presentClass: string) => string;

/** A version that knows other classes answers another question. */
export function checkClasses(
  present: readonly string[],
  candidate: readonly string[],
  nameIn: NameIn,
  version: number,
): ReleaseCheck {
  const renamed = present.map(nameIn);
  const missing = renamed.filter((name) => !candidate.includes(name));
  const added = candidate.filter((name) => !renamed.includes(name));
  const passed =
    missing.length === 0 && added.length === 0 && new Set(renamed).size === renamed.length;
  if (passed)
    return { name: 'same-classes', passed, found: `the same ${candidate.length} classes` };
  const lists = [
    ...(missing.length > 0 ? [`it does not know ${listed(missing)}`] : []),
    ...(added.length > 0 ? [`it has ${listed(added)} besides`] : []),
  ];
  const found = `its classes are not those of version ${version}: ${lists.join(', and ') || 'two of them have become one'}`;
  return { name: 'same-classes', passed, found };
}

/** A rule may ask for a promise; where it asks for none, nothing is checked. */
export function checkMaxError(
  { maxError: promised }: { readonly maxError: number | undefined },
  rule: ReleaseRule,
): ReleaseCheck[] {
  const { maxError: asked } = conditionsOf(rule);
  if (asked === undefined) return [];
  const found =
    promised === undefined
      ? 'its thresholds promise nothing about wrong answers without a warning'
      : `its thresholds promise that at most ${promised} of images are answered wrongly without a warning`;
  const passed = promised !== undefined && promised <= asked;
  return [{ name: 'max-error', passed, found: `${found}; ${asked} is asked for` }];
}

const MAX_LISTED = 5;

function listed(names: readonly string[]): string {
  const first = names.slice(0, MAX_LISTED).map((name) => JSON.stringify(name.slice(0, 50)));
  return `${first.join(', ')}${names.length > first.length ? `, ... (${names.length} in all)` : ''}`;
}

/** Whether the present version's golden samples are answered with the classes recorded for them. */
export async function checkGolden(
  { version, golden }: Pick<Manifest, 'version' | 'golden'>,
  read: ReadFile,
  { infer, signature, preprocessing }: Tried,
  nameIn: NameIn,
  { images, signal }: { readonly images: ImagePreparer; readonly signal: AbortSignal },
): Promise<ReleaseCheck> {
  const { layout } = signature.input;
  for (const { file, label } of golden) {
    const bytes = await read(file);
    const answer = await images.prepare(bytes, preprocessing, layout, signal).then(
      async (example) => signature.classes[argmax(await infer(example, 1))]!,
      (error: unknown) => {
        signal.throwIfAborted();
        return `refused: ${messageOf(error)}`;
      },
    );
    if (answer === nameIn(label)) continue;
    const found = `the golden sample ${file} of version ${version}, recorded as "${label}", is answered with "${answer}"`;
    return { name: 'golden-samples', passed: false, found };
  }
  const found =
    golden.length === 0
      ? `version ${version} has no golden samples`
      : `all ${golden.length} golden samples of version ${version} are answered as recorded`;
  return { name: 'golden-samples', passed: true, found };
}
