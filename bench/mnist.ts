import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

const root = join(import.meta.dirname, '..');

/** Where MNIST lies on this machine, or undefined. */
export function mnistFolder(): string | undefined {
  const folder = resolve(process.env['GLIMPSE_MNIST_DIR'] ?? join(root, 'data', 'mnist'));
  const names = ['train-images-idx3-ubyte', 'train-images-idx3-ubyte.gz'];
  return names.some((name) => existsSync(join(folder, name))) ? folder : undefined;
}

/** The same, for a command that can do nothing without it. */
export function requireMnist(): string {
  const folder = mnistFolder();
  if (folder !== undefined) return folder;
  console.error(
    'This bench needs MNIST: run `npm run fetch-mnist`, or name its folder in GLIMPSE_MNIST_DIR.',
  );
  return process.exit(1);
}

async function readIdx(folder: string, name: string): Promise<Uint8Array> {
  const plain = join(folder, name);
  const bytes = existsSync(plain)
    ? await readFile(plain)
    : gunzipSync(await readFile(`${plain}.gz`));
  return bytes.subarray(4 + 4 * bytes[3]!);
}

export interface Examples {
  readonly count: number;
  /** 784 bytes for each example. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/** A part of the 60,000 training images of MNIST. */
export async function readMnist(folder: string, offset: number, count: number): Promise<Examples> {
  const images = await readIdx(folder, 'train-images-idx3-ubyte');
  const labels = await readIdx(folder, 'train-labels-idx1-ubyte');
  return {
    count,
    pixels: images.subarray(offset * 784, (offset + count) * 784),
    labels: labels.subarray(offset, offset + count),
  };
}
