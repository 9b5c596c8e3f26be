import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EngineOptions } from '../open-engine.ts';

/** What a cell holds for itself before it opens a model; TensorFlow's library takes most of its part. */
const emptyBytes = { onnx: 48 * 1024 * 1024, tensorflow: 384 * 1024 * 1024 };

/** The memory to reserve before an engine opens this model: its weights are read, and copied once. */
export async function bytesToOpen(
  runtime: EngineOptions['runtime'],
  file: string,
): Promise<number> {
  const size = runtime === 'onnx' ? await sizeOf(file) : await sizeOfFolder(dirname(file));
  return emptyBytes[runtime] + 2 * size;
}

/**
 * The environment in which an engine starts. What TensorFlow says of its own progress is left out unless the operator
 * asks for it, and it is told here alone how many threads it may use: by itself it takes every processor.
 */
export function environmentOf(
  { runtime, threads }: Pick<EngineOptions, 'runtime' | 'threads'>,
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (runtime === 'onnx') return env;
  const threadsOfOne = String(threads);
  return {
    TF_CPP_MIN_LOG_LEVEL: '2',
    ...env,
    TF_NUM_INTRAOP_THREADS: threadsOfOne,
    TF_NUM_INTEROP_THREADS: threadsOfOne,
  };
}

async function sizeOf(file: string): Promise<number> {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  return size;
}

/** The weights of a SavedModel or a model.json lie in other files of its folder. */
async function sizeOfFolder(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(({ parentPath, name }) => sizeOf(join(parentPath, name))),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
