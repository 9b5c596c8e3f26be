import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openServerLog, type ServerLog } from '../../src/compose/observing/server-log.ts';

let folder: string;
let fd: number;
let log: ServerLog;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  folder = mkdtempSync(join(tmpdir(), 'glimpse-log-'));
  fd = openSync(join(folder, 'log'), 'a');
  log = openServerLog('info', { fd });
});

afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
  log.writeHeld();
  process.removeListener('exit', log.writeHeld);
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

/** The whole lines in the file: what is long may be there in part, for it is written by another thread. */
const written = (): string[] =>
  readFileSync(join(folder, 'log'), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).msg);

async function reach(lines: string[]): Promise<void> {
  while (written().length < lines.length) await new Promise((resolve) => setImmediate(resolve));
  expect(written()).toEqual(lines);
}

describe('the log of a server', () => {
  it('writes a line at once that comes alone, and those that follow together', async () => {
    log.logger.info('first');
    await reach(['first']);
    log.logger.info('second');
    log.logger.child({ requestId: 'a' }).info('third');
    vi.advanceTimersByTime(49);
    expect(written()).toEqual(['first']);
    vi.advanceTimersByTime(1);
    await reach(['first', 'second', 'third']);
    log.logger.info('fourth');
    expect(written()).toHaveLength(3);
    vi.advanceTimersByTime(50);
    await reach(['first', 'second', 'third', 'fourth']);
    vi.advanceTimersByTime(50);
    log.logger.info('fifth');
    await reach(['first', 'second', 'third', 'fourth', 'fifth']);
  });

  it('holds no warning, and nothing that came before one', async () => {
    log.logger.info('first');
    log.logger.info('second');
    log.logger.warn('third');
    await reach(['first', 'second', 'third']);
  });

  it('holds no more than 64 KiB', async () => {
    log.logger.info('first');
    const long = 'x'.repeat(64 * 1024);
    log.logger.info(long);
    await reach(['first', long]);
  });

  it('has written everything once that is asked for, or the line is fatal', async () => {
    log.logger.info('first');
    await reach(['first']);
    log.logger.info('second');
    log.writeHeld();
    expect(written()).toEqual(['first', 'second']);
    log.logger.info('third');
    log.logger.fatal('last');
    await reach(['first', 'second', 'third', 'last']);
  });
});
