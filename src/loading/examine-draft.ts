import { readFile } from 'node:fs/promises';
import type { VersionDraft } from '../repository/repository.ts';
import type { ModelRuntime } from '../runtime/runtime.ts';
import { selfTest, type PrepareGolden, type ReadFile } from './self-test.ts';

export interface ExamineDraftOptions {
  /** Opens the entry of the draft as a server would, with no other file in reach than those of the draft. */
  readonly open: () => Promise<ModelRuntime>;
  readonly prepareGolden: PrepareGolden;
}

/**
 * Tries a draft before it is published, by the self-test that every server will hold its version to. Rejects
 * with what a server would set the version aside for.
 */
export async function examineDraft(
  draft: VersionDraft,
  { open, prepareGolden }: ExamineDraftOptions,
): Promise<void> {
  const runtime = await open();
  try {
    await selfTest(draft, readerOf(draft), runtime, prepareGolden);
  } finally {
    await runtime.close();
  }
}

function readerOf({ files }: VersionDraft): ReadFile {
  return async (path) => {
    const body = files.get(path);
    if (body === undefined) throw new Error(`the draft has no file ${path}: this is our bug`);
    return body instanceof Uint8Array ? body : await readFile(body.file);
  };
}
