import { join } from 'node:path';
import type { LoadRuntime } from '../../loading/load-model.ts';
import type { Trust } from '../../loading/trust.ts';
import type { OpenedVersion } from '../../repository/repository.ts';
import type { ModelRuntime } from '../../runtime/runtime.ts';
import type { Signature } from '../../signature.ts';
import { BLOCK_SIZE } from '../examples/batches.ts';
import type { Infer } from './evaluate.ts';

export interface OpenVersionContext {
  readonly loadRuntime: LoadRuntime;
  readonly trust: Pick<Trust, 'isTrusted'>;
  readonly signal: AbortSignal;
}

/** A version at rest, opened to be measured. Close its runtime. */
export async function openVersion(
  opened: OpenedVersion,
  { loadRuntime, trust, signal }: OpenVersionContext,
): Promise<{ readonly runtime: ModelRuntime; readonly infer: Infer }> {
  const { model, version, runtime: kind, entry, signature } = opened.manifest;
  const runtime = await loadRuntime({
    model,
    version,
    runtime: kind,
    file: join(opened.folder, entry),
    signature,
    maxBatchSize: BLOCK_SIZE,
    isTrusted: await trust.isTrusted(opened.manifest),
    confirm: () => opened.confirm(signal),
    signal,
  });
  return { runtime, infer: inferWith(runtime, signature) };
}

/**
 * Figures are taken from logits; the logarithm of probabilities is as good. So it is of a sigmoid's scores,
 * whose softmax then is what each has of their sum: the order of the classes stays.
 */
export function inferWith(runtime: ModelRuntime, { input, output }: Signature): Infer {
  return async (examples, count) => {
    const { data } = await runtime.infer({ shape: [count, ...input.shape], data: examples });
    return output.kind === 'logits' ? data : data.map(Math.log);
  };
}
