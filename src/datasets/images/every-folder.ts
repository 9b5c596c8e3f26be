import { errors } from '../../errors.ts';
import { printable } from '../file-names.ts';
import type { Refuse } from '../refusal.ts';
import type { Row } from '../row.ts';

/**
 * The rows of images in class folders. Once all are read, a folder none of whose files could be read is an
 * error with the reason of the first: its class would be missing without a word.
 */
export async function* expectEveryFolder(
  rows: AsyncIterable<Row>,
  folders: readonly string[],
  refuse: Refuse,
): AsyncGenerator<Row> {
  const missing = new Set(folders);
  const problems = new Map<string | undefined, { reason: string; entry: string | undefined }>();
  for await (const row of rows) {
    if ('label' in row) missing.delete(String(row.label));
    else {
      const { entry, problem } = row;
      const folder = entry?.split('/').at(-2);
      if (!problems.has(folder)) problems.set(folder, { reason: problem, entry });
    }
    yield row;
  }
  for (const folder of missing) {
    const { entry = folder, reason = 'it holds none' } = problems.get(printable(folder)) ?? {};
    refuse(
      new errors.GLIMPSE_DATASET_INVALID(
        `the class folder "${printable(folder)}" holds no image that can be read (${entry}: ${reason})`,
      ),
    );
  }
}
