import { joinSegments, lastLinesOf, segmentOf } from '../log.ts';
import type { JobFiles } from './job-files.ts';

/** The log of a job as far as those who work on it have put it into the store, or its last lines. */
export async function readSharedLog(
  files: JobFiles,
  id: string,
  lastLines = Number.POSITIVE_INFINITY,
): Promise<string> {
  const segments: [segment: number, text: string][] = [];
  for (const name of await files.names(id)) {
    const segment = segmentOf(name);
    const bytes = segment === undefined ? undefined : await files.read(id, name);
    if (segment !== undefined && bytes)
      segments.push([segment, Buffer.from(bytes).toString('utf8')]);
  }
  return lastLinesOf(joinSegments(segments.sort(([a], [b]) => a - b)), lastLines);
}
