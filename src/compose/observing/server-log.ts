import { pino, type Logger } from 'pino';

/** The log of a server. */
export interface ServerLog {
  readonly logger: Logger;
  /** Writes on this thread what is held: before a process ends itself. */
  readonly writeHeld: () => void;
}

export interface ServerLogOptions {
  readonly fd?: number;
  /** Where several processes write into one pipe: which one this is. */
  readonly process?: number;
}

/** How long lines are held for company. */
const holdMs = 50;
const maxHeldLength = 64 * 1024;
/** What a pipe takes in one piece from one of several writers. */
const pipePiece = 4096;

/**
 * JSON lines on stdout. They are written by a thread of the system's, so that a slow reader holds up nobody; to hand one
 * line over costs more than to make it, and this thread may have to wait for that one. So lines that follow another
 * within 50 ms are held and written together; those of warnings and errors, and what was held before them, at once.
 */
export function openServerLog(
  level: string,
  { fd = 1, process: number }: ServerLogOptions = {},
): ServerLog {
  const isShared = number !== undefined;
  const out = pino.destination({
    dest: fd,
    sync: false,
    ...(isShared && { maxWrite: pipePiece }),
  });
  let held = '';
  let timer: NodeJS.Timeout | undefined;
  const take = (): string => {
    const lines = held;
    held = '';
    return lines;
  };
  const pass = (): void => {
    if (held !== '') out.write(take());
  };
  const passLater = (): void => {
    timer = setTimeout(() => {
      timer = undefined;
      if (held === '') return;
      pass();
      passLater();
    }, holdMs);
  };
  const writeHeld = (): void => {
    out.flushSync();
    if (held !== '') pino.destination({ dest: fd, sync: true }).write(take());
  };
  const stream = {
    // Asks pino for the level of each line.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line: string): void {
      if (isShared && Buffer.byteLength(held) + Buffer.byteLength(line) > pipePiece) pass();
      held += line;
      const isUrgent = this.lastLevel >= pino.levels.values['warn']!;
      if (isUrgent || timer === undefined || held.length > maxHeldLength) pass();
      if (timer === undefined) passLater();
    },
    /** Called by pino for fatal lines. */
    flushSync: writeHeld,
  };
  process.once('exit', writeHeld);
  const logger = pino({ level }, stream);
  return { logger: isShared ? logger.child({ process: number }) : logger, writeHeld };
}
