import { open, mkdir, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Caller } from './caller.ts';

/** One line of the audit log: who did what, from where, and what came of it. */
export interface AuditEntry {
  readonly action: string;
  readonly caller: Pick<Caller, 'kind' | 'id' | 'name'>;
  readonly address: string;
  readonly requestId: string;
  readonly status: number;
  readonly model?: string | undefined;
  /** What was there before and is there now, where something moved. */
  readonly from?: unknown;
  readonly to?: unknown;
  /** The code of a refusal. */
  readonly code?: string | undefined;
}

/** NDJSON that is only ever appended to. */
export interface AuditLog {
  /** Resolves when the line is on the disk; rejects when it cannot be written. */
  write(entry: AuditEntry): Promise<void>;
  close(): Promise<void>;
}

/**
 * Appends to the file, readable by this user only, one line after the other. It is opened with the first line:
 * a folder that cannot be written must not keep a server from predicting.
 */
export function createAuditLog(file: string, now: () => Date): AuditLog {
  let handle: FileHandle | undefined;
  let last: Promise<void> = Promise.resolve();
  const append = async (line: string): Promise<void> => {
    if (!handle) await mkdir(dirname(file), { recursive: true });
    handle ??= await open(file, 'a', 0o600);
    await handle.appendFile(line);
  };
  return {
    write(entry) {
      const line = `${JSON.stringify({ time: now().toISOString(), ...entry })}\n`;
      const written = last.then(() => append(line));
      last = written.catch(() => {});
      return written;
    },
    async close() {
      await last;
      await handle?.close();
    },
  };
}
