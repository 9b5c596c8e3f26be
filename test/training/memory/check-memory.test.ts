import { describe, expect, it } from 'vitest';
import type { GlimpseError } from '../../../src/errors.ts';
import { checkMemory, type MemoryLimit } from '../../../src/training/memory/check-memory.ts';
import { expectedBytes, type LearningLoad } from '../../../src/training/memory/expected-bytes.ts';
import { resolveTrainRequest } from '../../../src/training/resolve-request.ts';
import type { TrainRequest } from '../../../src/training/request.ts';
import { bars, tinyWorkshop } from '../tiny-run.ts';

const context = { defaultModel: 'm', hasMnist: false, hasUploads: true };
const planOf = (request: TrainRequest) => resolveTrainRequest(request, context);
const cnn = planOf({ architecture: 'cnn' });
const load = (side: number, batchSize: number): LearningLoad => ({
  inputShape: [3, side, side],
  classes: 10,
  batchSize,
  lastBatch: 0,
  examples: 1000,
  validation: 100,
  exampleBytes: 3 * side * side,
});
const limitOf = (megabytes: number): MemoryLimit => ({ bytes: megabytes * 1e6, setBy: 'a test' });

function refusalOf(plan: typeof cnn, asked: LearningLoad, limit: MemoryLimit): GlimpseError {
  try {
    checkMemory(plan, asked, limit);
  } catch (error) {
    return error as GlimpseError;
  }
  throw new Error('it was not refused');
}

describe('the memory that a training is expected to take', () => {
  it('grows with the batch, the images, the parameters, and the examples', () => {
    const [usual] = [expectedBytes(cnn, load(64, 50))];
    expect(expectedBytes(cnn, load(64, 100))).toBeGreaterThan(1.4 * usual);
    expect(expectedBytes(cnn, load(128, 50))).toBeGreaterThan(2 * usual);
    expect(expectedBytes(cnn, { ...load(64, 50), examples: 2000 }) - usual).toBe(
      1000 * 3 * 64 * 64,
    );
    const dense = (optimizer: 'adam' | 'sgd') =>
      expectedBytes(planOf({ architecture: 'dense', optimizer }), load(128, 32));
    // Two further numbers for each of six million parameters.
    expect(dense('adam') - dense('sgd')).toBeGreaterThan(2 * 4 * 6e6);
  });
});

describe('a training that cannot fit', () => {
  it('is refused with the largest batch and the largest images that would', () => {
    const limit = limitOf(2147);
    const error = refusalOf(cnn, load(224, 50), limit);
    expect(error).toMatchObject({
      code: 'GLIMPSE_TRAINING_TOO_LARGE',
      statusCode: 422,
      message: expect.stringMatching(
        /2147 MB \(a test\)\. At most a batch of \d+ \("batchSize"\), or images of \d+x\d+ \("dataset\.shape"\) would fit/,
      ),
    });
    const { largestBatchSize, largestImage } = error.details as {
      largestBatchSize: number;
      largestImage: { width: number; height: number };
    };
    expect(largestImage.width).toBe(largestImage.height);
    const smaller = [load(224, largestBatchSize), load(largestImage.width, 50)];
    for (const fitting of smaller) {
      expect(() => checkMemory(cnn, fitting, limit)).not.toThrow();
    }
    // They are the largest of which that is sure.
    expect(expectedBytes(cnn, load(224, largestBatchSize + 1)) * 1.15).toBeGreaterThan(limit.bytes);
  });

  it('is told no images that its net could not learn from', () => {
    const { details, message } = refusalOf(cnn, load(20, 2000), limitOf(400));
    expect(details).not.toHaveProperty('largestImage');
    expect(message).toMatch(/At most a batch of \d+ \("batchSize"\) would fit/);
    expect(refusalOf(cnn, load(64, 50), limitOf(20)).message).toContain(
      'Neither a smaller batch nor smaller images would fit',
    );
  });

  it('is tried where it may just fit', () => {
    const expected = expectedBytes(cnn, load(64, 50));
    expect(() => checkMemory(cnn, load(64, 50), limitOf((expected * 0.9) / 1e6))).not.toThrow();
  });

  it('is refused before its first step, once its examples are read', async () => {
    const { events, run } = await tinyWorkshop(bars(60));
    const memory = limitOf(50);
    await expect(run({}, { memory })).rejects.toMatchObject({ code: 'GLIMPSE_TRAINING_TOO_LARGE' });
    const stages = events.flatMap((event) => (event.type === 'stage' ? [event.stage] : []));
    expect(stages).toEqual(['reading']);
  });
});
