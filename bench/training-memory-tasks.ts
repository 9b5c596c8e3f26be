import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readConfig } from '../src/config.ts';
import { memoryFlags } from '../src/jobs/launch-trainer.ts';
import type { MemoryTask } from './training-memory-child.ts';

const colour = (side: number) => ({ width: side, height: side, channels: 3 }) as const;
const grey = (side: number) => ({ width: side, height: side, channels: 1 }) as const;

/** Nets of all kinds, by what they are called in the table. */
export const memoryTasks: Readonly<Record<string, MemoryTask>> = {
  'dense, 28x28 grey, 32': { request: { architecture: 'dense' }, shape: grey(28), examples: 1000 },
  'dense, 128x128 colour, 32': {
    request: { architecture: 'dense' },
    shape: colour(128),
    examples: 200,
  },
  'cnn, 28x28 grey, 50': { request: { architecture: 'cnn' }, shape: grey(28), examples: 1000 },
  'cnn, 64x64 colour, 50': { request: { architecture: 'cnn' }, shape: colour(64), examples: 150 },
  'cnn, 64x64 colour, 16': {
    request: { architecture: 'cnn', batchSize: 16 },
    shape: colour(64),
    examples: 100,
  },
  'cnn, 64x64 colour, 16, 100 watched': {
    request: { architecture: 'cnn', batchSize: 16 },
    shape: colour(64),
    examples: 1000,
  },
  'cnn, 128x128 colour, 8': {
    request: { architecture: 'cnn', batchSize: 8 },
    shape: colour(128),
    examples: 40,
  },
  'cnn, 128x128 colour, 25': {
    request: { architecture: 'cnn', batchSize: 25 },
    shape: colour(128),
    examples: 60,
  },
  'cnn-wide, 64x64 colour, 32': {
    request: { architecture: 'cnn-wide', batchSize: 32 },
    shape: colour(64),
    examples: 100,
  },
  'gru, 64x64 colour, 50': { request: { architecture: 'gru' }, shape: colour(64), examples: 150 },
};

/** Has a process of its own train, and tells what it held and what was expected of it. */
export async function trainForMemory(
  task: MemoryTask,
): Promise<{ readonly peakBytes: number; readonly expectedBytes: number }> {
  const script = join(import.meta.dirname, 'training-memory-child.ts');
  const memory = memoryFlags(readConfig().GLIMPSE_TRAIN_MEMORY_BYTES);
  const args = [...memory, '--import', import.meta.resolve('tsx'), script, JSON.stringify(task)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as { peakBytes: number; expectedBytes: number };
}
