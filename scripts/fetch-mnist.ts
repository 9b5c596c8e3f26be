import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { createGunzip } from 'node:zlib';

/**
 * npm run fetch-mnist: brings the MNIST files (12 MB) into data/mnist, or GLIMPSE_MNIST_DIR. A file gets
 * its name only once its contents are known to be right, so what is there can be trusted, and a second
 * run fetches only what is missing.
 */
export interface MnistFile {
  readonly name: string;
  /** Of the file unpacked: the same however it was compressed. */
  readonly sha256: string;
}

export interface FetchOptions {
  readonly folder: string;
  /** Where the files lie, with "/" at the end. */
  readonly mirror: string;
  readonly files: readonly MnistFile[];
  readonly timeoutMs: number;
  readonly say: (text: string) => void;
}

const publicMirror = 'https://ossci-datasets.s3.amazonaws.com/mnist/';
const mnistFiles: readonly MnistFile[] = [
  {
    name: 'train-images-idx3-ubyte.gz',
    sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  },
  {
    name: 'train-labels-idx1-ubyte.gz',
    sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  },
  {
    name: 't10k-images-idx3-ubyte.gz',
    sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  },
  {
    name: 't10k-labels-idx1-ubyte.gz',
    sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  },
];

/** Fetches every file that is not there yet; throws with a sentence a person can act on. */
export async function fetchMnist(options: FetchOptions): Promise<void> {
  const { folder, files, say } = options;
  await mkdir(folder, { recursive: true });
  for (const file of files) {
    if ((await contentsOf(join(folder, file.name))) === file.sha256) {
      say(`${file.name} is there already`);
      continue;
    }
    say(`${file.name} ...`);
    await fetchOne(file, options);
  }
  say(`MNIST is in ${folder}`);
}

async function fetchOne(
  { name, sha256 }: MnistFile,
  { folder, mirror, files, timeoutMs }: FetchOptions,
): Promise<void> {
  const part = join(folder, `.${name}.${process.pid}.part`);
  try {
    const answer = await fetch(new URL(name, mirror), { signal: AbortSignal.timeout(timeoutMs) });
    if (!answer.ok || !answer.body) throw new Error(`the mirror answered ${answer.status}`);
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(part));
    const found = await contentsOf(part);
    if (found !== sha256) throw new Error('its contents are not those of MNIST');
    await rename(part, join(folder, name));
  } catch (error) {
    throw new Error(
      `${name} could not be fetched from ${mirror}: ${reasonOf(error)}\n` +
        `What is complete stays; run it again to fetch the rest, or put these files into ${folder} yourself: ` +
        `${files.map((file) => file.name).join(', ')}.`,
      { cause: error },
    );
  } finally {
    await rm(part, { force: true });
  }
}

/** SHA-256 of a gzip file's contents; undefined when it is not there or not whole. */
async function contentsOf(file: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), createGunzip(), hash);
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}

/** fetch says "fetch failed"; its cause says why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = process.env['GLIMPSE_MNIST_DIR'] || 'data/mnist';
  await fetchMnist({
    folder,
    mirror: publicMirror,
    files: mnistFiles,
    timeoutMs: 120_000,
    say: console.log,
  }).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
