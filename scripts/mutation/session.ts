import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { BroadcastChannel } from 'node:worker_threads';
import { it as itself, vi } from 'vitest';
import {
  collected,
  collectFrom,
  defaultWait,
  runOnce,
  runTest,
  suitesOf,
  type CollectedTest,
  type Suite,
} from './collected-vitest.ts';

/**
 * Runs the tests of a room in one process as often as the runner asks: all of them without a change, to see which
 * passes where, then those that pass through a change while it is active.
 */

/** What the changed sources look at: see the head of any of them in the sandbox. */
interface Mutants {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number;
  hitLimit?: number | undefined;
  mutantCoverage?: Coverage;
}

interface Coverage {
  readonly static: Record<string, number>;
  readonly perTest: Record<string, Record<string, number>>;
}

export interface Ask {
  readonly mutant?: { readonly id: string; readonly hitLimit?: number; readonly tests?: string[] };
  readonly end?: boolean;
}

const mutants: Mutants = {};
Object.assign(globalThis, { __stryker__: mutants });
// Tests put other clocks in place of these.
const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis;
const now = performance.now.bind(performance);
/** What a test may take beyond five times of what it takes without a change. */
const GRACE_MS = 2000;
/** Assumed of a test in a session that has not measured it. */
const USUAL_MS = 500;

const durations = new Map<string, number>();
/** What no caller caught while a test ran. */
let stray: string | undefined;
process.on('unhandledRejection', (reason) => (stray ??= inspect(reason)));
process.on('uncaughtException', (error) => (stray ??= inspect(error)));

async function collect(): Promise<void> {
  const { MUTATION_ROOM = '', MUTATION_SLOW_TESTS = '', MUTATION_TESTS = '' } = process.env;
  // Also what is only loaded when it is needed, so that loading it is part of no test.
  for (const file of filesBelow(join('src', MUTATION_ROOM))) await import(resolve(file));
  const slow = MUTATION_SLOW_TESTS.split(' ').filter(Boolean);
  const wanted = MUTATION_TESTS.split(',').filter(Boolean);
  const files = filesBelow(join('test', MUTATION_ROOM)).filter(
    (file) =>
      file.endsWith('.test.ts') &&
      (wanted.length > 0
        ? wanted.some((place) => file.startsWith(place))
        : !slow.some((place) => file.startsWith(place))),
  );
  for (const file of files) await collectFrom(file, () => import(resolve(file)));
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .toSorted();
}

/** The error a test ends with, or undefined. One that does not end is given up. */
async function failureOf(test: CollectedTest, isMeasured: boolean): Promise<string | undefined> {
  stray = undefined;
  defaultWait.timeoutMs = mutants.activeMutant === undefined ? 20_000 : 1500;
  let timer: NodeJS.Timeout | undefined;
  const limitMs = isMeasured ? GRACE_MS + 5 * (durations.get(test.id) ?? USUAL_MS) : 60_000;
  const late = new Promise<never>((_, reject) => {
    timer = startTimer(() => reject(new Error(`it does not end within ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([runTest(test), late]);
    return stray;
  } catch (error) {
    return inspect(error);
  } finally {
    stopTimer(timer);
  }
}

/** Runs tests one after the other until one fails. */
async function firstFailure(
  tests: readonly CollectedTest[],
  onStart: (test: CollectedTest | undefined, suite: Suite) => void = () => {},
  onEnd?: (test: CollectedTest, ms: number) => void,
): Promise<{ test: CollectedTest; failure: string } | undefined> {
  const open: Suite[] = [];
  let found: { test: CollectedTest; failure: string } | undefined;
  for (const test of tests) {
    const suites = suitesOf(test.suite);
    try {
      while (open.length > 0 && !suites.includes(open.at(-1)!))
        await runOnce(open.pop()!.afterAll.toReversed());
      for (const suite of suites.slice(open.length)) {
        onStart(undefined, suite);
        open.push(suite);
        await runOnce(suite.beforeAll);
      }
    } catch (error) {
      found = { test, failure: String(error) };
      break;
    }
    onStart(test, test.suite);
    const start = now();
    let failure = await failureOf(test, onEnd === undefined);
    // On a busy machine a test may have waited too shortly for what it waits for.
    if (failure !== undefined && onEnd) failure = await failureOf(test, false);
    onEnd?.(test, now() - start);
    if (failure !== undefined) {
      found = { test, failure };
      break;
    }
  }
  for (const { afterAll } of open.toReversed())
    await runOnce(afterAll.toReversed()).catch(() => {});
  // What a test that was given up has not undone.
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  return found;
}

/** All tests as they are: how long each takes, and which changes each passes through. */
async function dryRun(): Promise<unknown> {
  const onceIds = new Map<Suite, string>();
  const failed = await firstFailure(
    collected,
    (test, suite) => {
      const id = test?.id ?? `once ${onceIds.size}`;
      if (!test) onceIds.set(suite, id);
      mutants.currentTestId = id;
    },
    ({ id }, ms) => durations.set(id, ms),
  );
  mutants.currentTestId = undefined;
  if (failed) return { status: 'error', errorMessage: `${failed.test.id}: ${failed.failure}` };
  quickFilesFirst();
  const { static: whileLoading, perTest } = mutants.mutantCoverage ?? { static: {}, perTest: {} };
  // What is done once for a suite is passed through for each of its tests.
  const reached = collected.map(({ id, suite }) => {
    const once = suitesOf(suite).map((one) => perTest[onceIds.get(one) ?? ''] ?? {});
    return [id, Object.assign({}, ...once, perTest[id])] as const;
  });
  return {
    status: 'complete',
    mutantCoverage: { static: whileLoading, perTest: Object.fromEntries(reached) },
    tests: collected.map(({ id }) => ({
      id,
      name: id,
      fileName: resolve(id.split('#')[0]!),
      timeSpentMs: durations.get(id),
      status: 0,
    })),
  };
}

const fileOf = ({ suite }: CollectedTest): Suite => suitesOf(suite)[0]!;

/** Most changes are noticed by a quick test as well as by a slow one. */
function quickFilesFirst(): void {
  const total = new Map<Suite, { ms: number; count: number }>();
  for (const test of collected) {
    const { ms, count } = total.get(fileOf(test)) ?? { ms: 0, count: 0 };
    total.set(fileOf(test), { ms: ms + durations.get(test.id)!, count: count + 1 });
  }
  const usualMs = (test: CollectedTest): number => {
    const { ms, count } = total.get(fileOf(test))!;
    return ms / count;
  };
  collected.sort((a, b) => usualMs(a) - usualMs(b));
}

/**
 * What became of a change. It counts as noticed when a test fails with it and does not fail right after without it;
 * otherwise the process is no longer what it was, and the runner starts another.
 */
async function tryMutant({ id, hitLimit, tests: ids }: NonNullable<Ask['mutant']>) {
  const tests = ids ? collected.filter((test) => ids.includes(test.id)) : collected;
  Object.assign(mutants, { activeMutant: id, hitCount: 0, hitLimit });
  const failed = await firstFailure(tests);
  // What a test leaves behind that failed in its middle may be rejected only now.
  if (failed) await new Promise((resolve) => startTimer(resolve, 20));
  const isEndless = (mutants.hitCount ?? 0) > (hitLimit ?? Infinity);
  Object.assign(mutants, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined });
  if (isEndless) return { result: { status: 'timeout' }, isWhole: true };
  if (!failed) return { result: { status: 'survived', nrOfTests: tests.length }, isWhole: true };
  const { test, failure } = failed;
  const result = { status: 'killed', killedBy: [test.id], failureMessage: failure, nrOfTests: 1 };
  return { result, isWhole: (await firstFailure([test])) === undefined };
}

itself('a session', { timeout: 0 }, async () => {
  const channel = new BroadcastChannel('mutation');
  // oxlint-disable-next-line require-post-message-target-origin -- it is no window
  const answer = (text: unknown): void => channel.postMessage({ answer: text });
  await collect();
  await new Promise<void>((resolve, reject) => {
    // oxlint-disable-next-line prefer-add-event-listener -- it has none
    channel.onmessage = (event: unknown) => {
      const { ask } = (event as { data: { ask?: Ask } }).data;
      if (ask?.end) resolve();
      else if (ask) void (ask.mutant ? tryMutant(ask.mutant) : dryRun()).then(answer, reject);
    };
    answer('ready');
  });
  channel.close();
});
