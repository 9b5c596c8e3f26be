import type { ContractTwo } from '../../src/preprocessing/contract-two.ts';

/** The same contract, by which images keep their aspect. */
export function withMode(contract: ContractTwo, mode: 'cover' | 'contain'): ContractTwo {
  const { width, height, resize } = contract;
  const { kernel, antialias } = resize;
  const filter = { size: { width, height }, kernel, antialias };
  return mode === 'cover'
    ? { ...contract, resize: { mode, ...filter } }
    : {
        ...contract,
        resize: { mode, ...filter, pad: { colour: 'border', align: 'centre' } },
      };
}
