import { sizeOf } from '../../tensor.ts';
import type { Signature } from '../../signature.ts';
import type { HostedRuntime } from '../hosted-runtime.ts';
import type { BatchTime, Measurement } from '../runtime.ts';
import { isWorthMeasuring, sizesToMeasure } from './choose-placement.ts';

/** What batches are timed in. */
type Measured = Pick<HostedRuntime, 'openMs' | 'inferTimed' | 'residentBytes'>;

export interface MeasureOptions {
  readonly signature: Signature;
  readonly maxBatchSize: number;
  /** What batches may take; no size is tried that is expected to take more. */
  readonly memoryBytes: number;
}

/** Enough runs of one size for one among them that nothing has interrupted. */
const mostRuns = 7;
/** Runs of one size end when they have taken so long together, and there were two. */
const enoughMs = 20;
/** A batch that is slower is not run a second time. */
const slowMs = 500;

/**
 * Measures what batches take, in the thread or cell where the model has been opened, from one image on and only as
 * far as larger ones are still better: what is never run takes no memory.
 */
export async function measureCurve(
  hosted: Measured,
  { signature, maxBatchSize, memoryBytes }: MeasureOptions,
): Promise<Measurement> {
  const { openMs } = hosted;
  const openBytes = await hosted.residentBytes();
  const curve: BatchTime[] = [];
  for (const size of sizesToMeasure(maxBatchSize)) {
    if (!isWorthMeasuring(curve, memoryBytes)) break;
    const shape = [size, ...signature.input.shape];
    const ms = await measureSize(hosted, shape);
    const bytes = await hosted.residentBytes();
    const isKnown = openBytes !== undefined && bytes !== undefined;
    curve.push({ size, ms, ...(isKnown && { memoryBytes: Math.max(0, bytes - openBytes) }) });
  }
  return { openMs, curve };
}

/**
 * The least time of a batch that is not the first of its size: whatever else the machine is doing can only add to it, and
 * what is measured now is used for a long time.
 */
async function measureSize(hosted: Pick<Measured, 'inferTimed'>, shape: number[]): Promise<number> {
  const run = async (): Promise<number> => {
    const batch = { shape, data: new Float32Array(sizeOf(shape)).fill(0.5) };
    const { tookMs } = await hosted.inferTimed(batch);
    return tookMs;
  };
  const coldMs = await run();
  if (coldMs > slowMs) return coldMs;
  let leastMs = Infinity;
  let totalMs = 0;
  for (let runs = 0; runs < mostRuns && (runs < 2 || totalMs < enoughMs); runs += 1) {
    const ms = await run();
    leastMs = Math.min(leastMs, ms);
    totalMs += ms;
  }
  return leastMs;
}
