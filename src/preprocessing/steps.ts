import type { ContractOne } from './contract-one.ts';
import type { ContractTwo, Resize } from './contract-two.ts';

/** Where ink is looked for: in all of a picture, whose border is paper, or on the page that is found in it. */
export type PageRule = NonNullable<ContractTwo['page']>;

/** The rule of a contract; those that say nothing, of either form, are from before there was another. */
export function pageRuleOf(contract: ContractOne | ContractTwo): PageRule {
  return isContractTwo(contract) ? (contract.page ?? 'border') : 'border';
}

/** Whether every digit of a picture is to be answered, where a request does not say. */
export function readsAll(contract: ContractOne | ContractTwo): boolean {
  return isContractTwo(contract) && contract.read === 'all';
}

/** Whether a contract has the second form. */
export function isContractTwo(contract: ContractOne | ContractTwo): contract is ContractTwo {
  return 'contract' in contract;
}

/**
 * A contract in the words of the second form. One of the first form says the same with fewer: `fit` was the mode of
 * a Lanczos kernel, which sharp applied while it decoded.
 */
export function stepsOf(contract: ContractOne | ContractTwo): ContractTwo {
  return isContractTwo(contract) ? contract : inSecondForm(contract);
}

function inSecondForm({ fit, alphaBackground, exifRotation, ...shared }: ContractOne): ContractTwo {
  const { width, height, channels } = shared;
  return {
    contract: 2,
    ...shared,
    resize: resizeAs(fit, { width, height }),
    icc: 'apply',
    alpha: { flatten: Array.from({ length: channels }, () => alphaBackground) },
    exif: exifRotation ? 'apply' : 'ignore',
  };
}

function resizeAs(
  mode: ContractOne['fit'],
  size: { readonly width: number; readonly height: number },
): Resize {
  const filter = { kernel: 'lanczos3', antialias: true } as const;
  return mode === 'contain'
    ? { mode, size, ...filter, pad: { colour: 'border', align: 'centre' } }
    : { mode, size, ...filter };
}
