import { appendFile, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../disk-errors.ts';

/**
 * The log of one job, lines with their times in files of bounded size: its beginning and its newest part are kept,
 * and a line between the two marks what is missing.
 */
export interface JobLog {
  /** Adds lines of now; control characters are replaced and overlong lines cut. Never fails. */
  write(text: string): void;
  /** All that is kept, or its last lines. */
  read(lastLines?: number): Promise<string>;
  /** Resolves when everything is on disk. */
  settled(): Promise<void>;
}

export interface JobLogOptions {
  readonly folder: string;
  /** All files together stay about as small as this. */
  readonly maxBytes: number;
  readonly now: () => Date;
  /** Told once when writing fails; what could not be written is missing from the log. */
  readonly onProblem: (problem: string) => void;
}

/** The first part holds the beginning; of the others the newest are kept. */
const PARTS = 4;
const PART_NAME = /^log-(\d{1,9})\.txt$/;
const MAX_LINE_LENGTH = 2000;
/** Lines that may wait for the disk. */
const MAX_WAITING = 5000;
const GAP = '... what was said here is not kept: the log is full (GLIMPSE_JOB_LOG_BYTES) ...\n';

/** The log in a folder, going on where an earlier process left it. */
export function createJobLog({ folder, maxBytes, now, onProblem }: JobLogOptions): JobLog {
  const fileOf = (part: number): string => join(folder, `log-${part}.txt`);
  const partBytes = maxBytes / PARTS;
  const waiting: string[] = [];
  let cursor: Cursor | undefined;
  let writing: Promise<void> | undefined;
  let lost = 0;
  let isTold = false;

  const append = async (): Promise<void> => {
    cursor ??= await findCursor(folder, fileOf);
    if (cursor.bytes >= partBytes) {
      cursor = { part: cursor.part + 1, bytes: 0 };
      const dropped = cursor.part - PARTS + 1;
      if (dropped > 0) await rm(fileOf(dropped), { force: true });
    }
    let text = '';
    while (waiting.length > 0 && cursor.bytes + text.length < partBytes) text += waiting.shift()!;
    await appendFile(fileOf(cursor.part), text);
    cursor.bytes += Buffer.byteLength(text);
  };

  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      await append().catch((error: unknown) => {
        // The folder goes with its job; whatever else is wrong (a full disk) must not stop the job.
        if (isTold || hasCode(error, 'ENOENT')) return;
        isTold = true;
        onProblem(`The log in ${folder} could not be written: ${String(error)}`);
      });
      if (lost > 0 && waiting.length < MAX_WAITING) {
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
      const kept = await readParts(folder, fileOf);
      return lastLines === Number.POSITIVE_INFINITY ? kept : lastOf(kept, lastLines);
    },
  };
}

/** Where the next line goes. */
interface Cursor {
  readonly part: number;
  bytes: number;
}

async function findCursor(folder: string, fileOf: (part: number) => string): Promise<Cursor> {
  const part = (await partsIn(folder)).at(-1) ?? 0;
  const bytes = await stat(fileOf(part)).then(
    ({ size }) => size,
    () => 0,
  );
  return { part, bytes };
}

async function readParts(folder: string, fileOf: (part: number) => string): Promise<string> {
  let text = '';
  let expected = 0;
  for (const part of await partsIn(folder)) {
    const bytes = await readFile(fileOf(part), 'utf8').catch(() => undefined);
    // It was dropped this very moment, to make room.
    if (bytes === undefined) continue;
    if (part !== expected) text += GAP;
    text += bytes;
    expected = part + 1;
  }
  return text;
}

async function partsIn(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .flatMap((name) => PART_NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

function lastOf(text: string, count: number): string {
  const lines = text.split('\n');
  // The text ends with a line break, so the last piece is no line.
  return lines.slice(Math.max(0, lines.length - 1 - count)).join('\n');
}

/** Terminals act on control characters, and a job may say anything. */
function printable(line: string): string {
  // oxlint-disable-next-line no-control-regex
  const clean = line.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\u{fffd}');
  return clean.length > MAX_LINE_LENGTH ? `${clean.slice(0, MAX_LINE_LENGTH)} ...` : clean;
}
