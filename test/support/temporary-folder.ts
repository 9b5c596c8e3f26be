import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder that is gone after the tests of the file. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-test-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function writeInto(
  folder: string,
  name: string,
  bytes: Uint8Array | string,
): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, bytes);
  return file;
}
