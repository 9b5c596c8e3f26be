import { ChildProcess } from 'node:child_process';
import { getPriority } from 'node:os';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  createTrainerLauncher,
  memoryFlags,
  type TrainerOptions,
} from '../../src/jobs/launch-trainer.ts';
import type { RunEvent } from '../../src/jobs/kinds.ts';
import { epochEvent, succeeded } from './puppet-trainer.ts';
import { farRequest } from './job-bench.ts';

const url = pathToFileURL(join(import.meta.dirname, 'scripted-trainer.mjs'));
const memoryBytes = 64 * 2 ** 20;
const request = { model: 'bars', version: 1, dataset: farRequest.dataset, maxBadRows: 0 };
const job = {
  id: '0'.repeat(16),
  kind: 'evaluate',
  request,
  uploads: [{ part: 'file', name: 'x.csv', file: '/somewhere/upload-0' }],
  folder: '/somewhere',
} as const;

type Step =
  | ['send', unknown]
  | ['stdout' | 'stderr' | 'signal', string]
  | ['exit', number]
  | ['showOrder' | 'showFlags' | 'showNext'];

/** An attempt by a process that takes these steps, what it told, and its log without the process id. */
function attempt(steps: readonly Step[], changes: Partial<TrainerOptions> = {}) {
  const events: RunEvent[] = [];
  const lines: string[] = [];
  const launch = createTrainerLauncher({
    entry: { url, execArgv: [] },
    settings: { STEPS: JSON.stringify(steps), GLIMPSE_PORT: 8080 },
    niceness: 0,
    memoryBytes,
    stopGraceMs: 20_000,
    ...changes,
  });
  const launched = launch(
    job,
    (event) => events.push(event),
    (line) => lines.push(line.replace(/^process \d+/, 'process')),
  );
  return { ...launched, events, lines };
}

const endSucceeded: Step = ['send', { type: 'end', end: succeeded }];

describe('a training process', () => {
  it('gets its job, and the settings as the environment would have them', async () => {
    const { end, lines } = attempt([['showOrder'], ['exit', 0]]);
    await end;
    const order = lines.find((line) => line.startsWith('stdout: '))!;
    expect(JSON.parse(order.slice('stdout: '.length))).toEqual({
      type: 'start',
      job,
      settings: { STEPS: expect.any(String), GLIMPSE_PORT: '8080' },
    });
  });

  it('tells events and how it ended; nothing after that, and nothing that is no report', async () => {
    const event = epochEvent(1);
    const { end, events } = attempt([
      ['send', { type: 'event', event: { type: 'nonsense' } }],
      ['send', { type: 'event', event }],
      ['send', 'hello'],
      endSucceeded,
      ['send', { type: 'event', event: epochEvent(2) }],
      ['send', { type: 'end', end: { type: 'cancelled' } }],
      ['exit', 5],
    ]);
    expect(await end).toEqual(succeeded);
    expect(events).toEqual([event]);
  });

  it('has every line it wrote in the log, the last one too, between its start and its end', async () => {
    const { end, lines } = attempt([
      ['stdout', 'one\ntw'],
      ['stdout', 'o\n\nthree'],
      ['stderr', 'a warning\n'],
      ['exit', 0],
    ]);
    await end;
    expect(lines[0]).toBe('process started');
    expect(lines.at(-1)).toBe('process: it ended with exit code 0');
    expect(lines.filter((line) => line.startsWith('stdout'))).toEqual([
      'stdout: one',
      'stdout: two',
      'stdout: ',
      'stdout: three',
    ]);
    expect(lines.filter((line) => line.startsWith('stderr'))).toEqual(['stderr: a warning']);
  });

  it('that never ends a line has it cut, and loses nothing', async () => {
    const { end, lines } = attempt([
      ['stdout', 'x'.repeat(4095)],
      ['exit', 0],
    ]);
    await end;
    expect(lines.filter((line) => line.startsWith('stdout'))).toEqual([
      `stdout: ${'x'.repeat(4095)}`,
    ]);
    const longer = attempt([['stdout', 'x'.repeat(4096)], ['showNext'], ['exit', 0]]);
    const cut = `stdout: ${'x'.repeat(4096)}`;
    await vi.waitFor(() => expect(longer.lines).toContain(cut));
    longer.stop('cancel');
    await longer.end;
    expect(longer.lines.filter((line) => line.startsWith('stdout'))).toEqual([
      cut,
      'stdout: {"type":"stop","how":"cancel"}',
    ]);
  });

  it.each([
    [[['exit', 3]], 'it ended with exit code 3'],
    [
      [
        ['stderr', `\n${'y'.repeat(3000)}\n boom \n\n`],
        ['exit', 1],
      ],
      `it ended with exit code 1: ${'y'.repeat(1991)}\n boom`,
    ],
    [[['signal', 'SIGTERM']], 'it was ended by SIGTERM'],
    [
      [['signal', 'SIGKILL']],
      'it was ended by SIGKILL (so does the system when its memory runs out)',
    ],
  ] satisfies [Step[], string][])(
    'that dies (%j) says how, and its last words',
    async (steps, reason) => {
      const { end, lines } = attempt(steps);
      const [exit] = reason.split(': ');
      expect(await end).toEqual({ type: 'died', reason });
      expect(lines.at(-1)).toBe(`process: ${exit}`);
    },
  );

  it('that cannot be started died of that, and the path of Node stays here', async () => {
    const node = process.execPath;
    process.execPath = '/nowhere/node';
    const { end, lines, ...launched } = attempt([]);
    process.execPath = node;
    const reason = 'it could not be started (ENOENT)';
    expect(await end).toEqual({ type: 'died', reason });
    expect(lines).toEqual(['process ? started', `process ?: ${reason}`]);
    launched.stop('cancel');
  });

  it('that the system has no room for died of that, and was never told to be started', async () => {
    const processes = ChildProcess.prototype as unknown as { spawn: (this: ChildProcess) => void };
    // As Node does when no file can be opened: it makes neither streams nor a channel.
    const start = vi.spyOn(processes, 'spawn').mockImplementation(function (this: ChildProcess) {
      const error = Object.assign(new Error('spawn EMFILE'), { code: 'EMFILE' });
      process.nextTick(() => this.emit('error', error));
    });
    onTestFinished(() => start.mockRestore());
    const onStart = vi.fn();
    const { end, lines, ...launched } = attempt([], { onStart });
    launched.stop('cancel');
    const reason = 'it could not be started (EMFILE)';
    expect(await end).toEqual({ type: 'died', reason });
    expect(lines).toEqual(['process ? started', `process ?: ${reason}`]);
    expect(onStart).not.toHaveBeenCalled();
  });

  it('with more memory than it may have is killed, and not tried again', async () => {
    const within = attempt([
      ['send', { type: 'memory', residentBytes: memoryBytes }],
      endSucceeded,
      ['exit', 0],
    ]);
    const above = attempt([
      ['send', { type: 'memory', residentBytes: memoryBytes + 1 }],
      ['showNext'],
    ]);
    expect(await within.end).toEqual(succeeded);
    expect(await above.end).toMatchObject({
      type: 'failed',
      error: { code: 'GLIMPSE_TRAINING_MEMORY', message: expect.stringContaining('67108865') },
    });
    expect(above.lines.at(-1)).toContain('SIGKILL');
  });

  it('that runs out of heap is not tried again, unless it had told its end', async () => {
    const outOfHeap: Step = ['stderr', 'FATAL: JavaScript heap out of memory\nsome more\n'];
    const died = attempt([outOfHeap, ['signal', 'SIGABRT']]);
    const done = attempt([endSucceeded, outOfHeap, ['signal', 'SIGABRT']]);
    expect(await died.end).toMatchObject({
      type: 'failed',
      error: {
        code: 'GLIMPSE_TRAINING_MEMORY',
        message: expect.stringContaining('more than 67108864'),
      },
    });
    expect(await done.end).toEqual(succeeded);
  });

  it('is told once to stop, and may end by itself', async () => {
    const { end, lines, ...launched } = attempt([
      ['showNext'],
      ['send', { type: 'end', end: { type: 'interrupted' } }],
      ['exit', 0],
    ]);
    launched.stop('interrupt');
    launched.stop('cancel');
    expect(await end).toEqual({ type: 'interrupted' });
    expect(lines.filter((line) => line.startsWith('stdout'))).toEqual([
      'stdout: {"type":"stop","how":"interrupt"}',
    ]);
    expect(lines.at(-1)).toBe('process: it ended with exit code 0');
    launched.stop('cancel');
  });

  it('that does not stop in time is killed', async () => {
    const { end, lines, ...launched } = attempt([['showNext'], ['showNext']], { stopGraceMs: 100 });
    launched.stop('cancel');
    expect(await end).toMatchObject({ type: 'died', reason: expect.stringContaining('SIGKILL') });
    expect(lines.at(-1)).toContain('SIGKILL');
  });

  it('leaves no timer behind when it stopped in time', async () => {
    const clear = vi.spyOn(globalThis, 'clearTimeout');
    const set = vi.spyOn(globalThis, 'setTimeout');
    const { end, ...launched } = attempt([['showNext'], ['exit', 0]], { stopGraceMs: 12_345 });
    launched.stop('cancel');
    launched.stop('interrupt');
    await end;
    const graces = set.mock.results.filter((_, call) => set.mock.calls[call]![1] === 12_345);
    expect(graces).toHaveLength(1);
    expect(clear).toHaveBeenCalledWith(graces[0]!.value);
    vi.restoreAllMocks();
  });

  it('stands back from its first moment, and has its memory bounded', async () => {
    const seen: number[] = [];
    const { end, lines } = attempt([['showFlags'], ['exit', 0]], {
      entry: { url, execArgv: ['--no-warnings'] },
      niceness: 7,
      onStart: (pid) => seen.push(getPriority(pid)),
    });
    await end;
    expect(seen).toEqual([7]);
    expect(lines).toContain(
      'stdout: ["--no-warnings","--max-semi-space-size=4","--max-old-space-size=64"]',
    );
    expect(memoryFlags(64 * 2 ** 20 + 5)).toEqual([
      '--max-semi-space-size=4',
      '--max-old-space-size=64',
    ]);
  });
});
