import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../disk-errors.ts';

/** What a look at a dataset calls its contact sheet, and a training the sheet of its mistakes: in the work folder of its job, and then beside its record. */
export const SHEET_FILE = 'sheet.png';

/** Keeps the contact sheet when the work folder that it was made in goes. */
export async function keepSheet(workFolder: string, folder: string): Promise<void> {
  await rename(join(workFolder, SHEET_FILE), join(folder, SHEET_FILE)).catch(unlessMissing);
}

/** The contact sheet of a job; undefined when there is none. */
export async function readSheet(folder: string, workFolder: string): Promise<Buffer | undefined> {
  // Between the end of its job and the clearing of the work folder it still lies there.
  for (const one of [folder, workFolder, folder]) {
    const png = await readFile(join(one, SHEET_FILE)).catch(unlessMissing);
    if (png) return png;
  }
  return undefined;
}

function unlessMissing(error: unknown): undefined {
  if (!hasCode(error, 'ENOENT')) throw error;
}
