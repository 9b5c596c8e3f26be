import { appendFile, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../disk-errors.ts';

/**
 * The log of one job: lines with their times in segments of bounded size. The first segment and the newest ones are
 * kept, and a line between them says that lines are missing.
 */
export interface JobLog {
  /** Appends lines with the present time; control characters are replaced and overlong lines cut. Never fails. */
  write(text: string): void;
  /** The whole kept log, or its last lines. */
  read(lastLines?: number): Promise<string>;
  /** Resolves when everything is on disk. */
  settled(): Promise<void>;
}

export interface JobLogOptions {
  readonly folder: string;
  /** The approximate limit of all segments together. */
  readonly maxBytes: number;
  readonly now: () => Date;
  /** Called once when writing fails; what could not be written is missing from the log. */
  readonly onProblem: (problem: string) => void;
}

/** The first segment is always kept; of the others the newest are. */
const MAX_SEGMENTS = 4;
const SEGMENT_NAME = /^log-(\d{1,9})\.txt$/;
const MAX_LINE_LENGTH = 2000;
/** Lines that may wait for the disk. */
const MAX_WAITING = 5000;
const GAP = '... what was said here is not kept: the log is full (GLIMPSE_JOB_LOG_BYTES) ...\n';

/** The log in a folder, going on where an earlier process left it. */
export function createJobLog({ folder, maxBytes, now, onProblem }: JobLogOptions): JobLog {
  const fileOf = (segment: number): string => join(folder, `log-${segment}.txt`);
  const segmentBytes = maxBytes / MAX_SEGMENTS;
  const waiting: string[] = [];
  let position: WritePosition | undefined;
  let writing: Promise<void> | undefined;
  let lost = 0;
  let isReported = false;

  const append = async (): Promise<void> => {
    position ??= await findPosition(folder, fileOf);
    if (position.bytes >= segmentBytes) {
      position = { segment: position.segment + 1, bytes: 0 };
      const dropped = position.segment - MAX_SEGMENTS + 1;
      if (dropped > 0) await rm(fileOf(dropped), { force: true });
    }
    let text = '';
    while (waiting.length > 0 && position.bytes + text.length < segmentBytes)
      text += waiting.shift()!;
    await appendFile(fileOf(position.segment), text);
    position.bytes += Buffer.byteLength(text);
  };

  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      await append().catch((error: unknown) => {
        // The folder goes with its job; whatever else is wrong (a full disk) must not stop the job.
        if (isReported || hasCode(error, 'ENOENT')) return;
        isReported = true;
        onProblem(`The log in ${folder} could not be written: ${String(error)}`);
      });
      if (lost > 0) {
        waiting.push(`... ${lost} lines came faster than they could be written ...\n`);
        lost = 0;
      }
    }
    writing = undefined;
  };

  const settled = async (): Promise<void> => writing;
  return {
    settled,
    write(text) {
      const time = now().toISOString();
      for (const line of text.split(/\r\n|\n|\r/)) {
        if (waiting.length < MAX_WAITING) waiting.push(`${time} ${printable(line)}\n`);
        else lost += 1;
      }
      writing ??= work();
    },
    async read(lastLines = Number.POSITIVE_INFINITY) {
      await settled();
      return lastLinesOf(await readSegments(folder, fileOf), lastLines);
    },
  };
}

/** The segment that the next line is appended to, and its size. */
interface WritePosition {
  readonly segment: number;
  bytes: number;
}

async function findPosition(
  folder: string,
  fileOf: (segment: number) => string,
): Promise<WritePosition> {
  const segment = (await segmentsIn(folder)).at(-1) ?? 0;
  const bytes = await stat(fileOf(segment)).then(
    ({ size }) => size,
    () => 0,
  );
  return { segment, bytes };
}

async function readSegments(folder: string, fileOf: (segment: number) => string): Promise<string> {
  const segments: [segment: number, text: string][] = [];
  for (const segment of await segmentsIn(folder)) {
    const text = await readFile(fileOf(segment), 'utf8').catch(() => undefined);
    // It was removed after the listing, to make room.
    if (text !== undefined) segments.push([segment, text]);
  }
  return joinSegments(segments);
}

/** The text of segments in their order, and a line where some are missing. */
export function joinSegments(
  segments: readonly (readonly [segment: number, text: string])[],
): string {
  let joined = '';
  let expected = 0;
  for (const [segment, text] of segments) {
    if (segment !== expected) joined += GAP;
    joined += text;
    expected = segment + 1;
  }
  return joined;
}

/** Which segment a file of this name is; undefined when it is none. */
export function segmentOf(name: string): number | undefined {
  const number = SEGMENT_NAME.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
}

async function segmentsIn(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) => segmentOf(name) ?? []).sort((a, b) => a - b);
}

/** The last lines of a log. */
export function lastLinesOf(text: string, count: number): string {
  const lines = text.split('\n');
  // The text ends with a line break, so the last piece is no line.
  return lines.slice(Math.max(0, lines.length - 1 - count)).join('\n');
}

/** Removes control characters, which terminals act on, from what a job prints. */
function printable(line: string): string {
  // oxlint-disable-next-line no-control-regex
  const clean = line.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\u{fffd}');
  return clean.length > MAX_LINE_LENGTH ? `${clean.slice(0, MAX_LINE_LENGTH)} ...` : clean;
}
