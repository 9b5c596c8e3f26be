import { describe, expect, it } from 'vitest';
import { memoryTasks, trainForMemory } from '../../../bench/training-memory-tasks.ts';

describe('the memory that was expected of a training', () => {
  it.each(['cnn, 64x64 colour, 50', 'cnn, 128x128 colour, 8', 'dense, 128x128 colour, 32'])(
    'of %s is within 15 percent of what it held',
    async (name) => {
      const { peakBytes, expectedBytes } = await trainForMemory(memoryTasks[name]!);
      expect(expectedBytes / peakBytes).toBeGreaterThan(0.85);
      expect(expectedBytes / peakBytes).toBeLessThan(1.15);
    },
  );
});
