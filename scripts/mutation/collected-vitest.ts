import { AsyncLocalStorage } from 'node:async_hooks';
import { format } from 'node:util';
import { expect, vi as itself } from 'vitest';

/**
 * What test files import as `vitest` while changes are tried: all of it, but tests are collected instead of run, so
 * that they can be run again and again in one process, which takes a tenth of the time of a new one for each change.
 */
export * from 'vitest';

/** How long `vi.waitFor` waits where the test does not say: a busy machine needs longer than a second. */
export const defaultWait = { timeoutMs: 1000 };

const waitFor: typeof itself.waitFor = (act, options = {}) =>
  itself.waitFor(act, {
    timeout: defaultWait.timeoutMs,
    ...(typeof options === 'number' ? { timeout: options } : options),
  });
export const vi = Object.assign(Object.create(itself) as typeof itself, { waitFor });

type Hook = (context: TestContext) => unknown;

interface TestContext {
  readonly task: { readonly name: string };
  readonly expect: typeof expect;
  readonly onTestFinished: (act: () => unknown) => void;
  readonly skip: (condition?: boolean) => void;
}

/** A file or a `describe`. */
export interface Suite {
  readonly name: string;
  readonly outer: Suite | undefined;
  readonly beforeAll: Hook[];
  readonly afterAll: Hook[];
  readonly beforeEach: Hook[];
  readonly afterEach: Hook[];
}

export interface CollectedTest {
  readonly id: string;
  readonly suite: Suite;
  readonly act: (context: TestContext) => unknown;
}

/** Every test of every file that was imported, in order. */
export const collected: CollectedTest[] = [];

const suiteOf = (name: string, outer?: Suite): Suite => ({
  name,
  outer,
  beforeAll: [],
  afterAll: [],
  beforeEach: [],
  afterEach: [],
});
let suite = suiteOf('');

/** Imports a file, whose tests and hooks are of a suite of its own. */
export async function collectFrom(name: string, load: () => Promise<unknown>): Promise<void> {
  suite = suiteOf(name);
  await load();
}

type Titled<Act> = (title: string, ...rest: (Act | object | number | undefined)[]) => void;
type Each<Act> = (cases: readonly unknown[]) => Titled<Act>;

/** The function among what follows a title: settings may stand before it, and a time after it. */
function actAmong<Act>(rest: readonly (Act | object | number | undefined)[]): Act {
  return rest.find((one): one is Act => typeof one === 'function')!;
}

function eachOf<Act extends (...values: never[]) => unknown>(
  add: (title: string, act: () => unknown) => void,
): Each<Act> {
  return (cases) =>
    (title, ...rest) => {
      const act = actAmong<(...values: unknown[]) => unknown>(rest);
      for (const [index, one] of cases.entries()) {
        const values = Array.isArray(one) ? (one as unknown[]) : [one];
        // Without the context, as Vitest: a test may leave out what it is not given.
        add(`${format(title, ...values)} (${index})`, () => act(...values));
      }
    };
}

function addSuite(title: string, act: () => void): void {
  const outer = suite;
  suite = suiteOf(title, outer);
  act();
  suite = outer;
}

function addTest(title: string, act: CollectedTest['act']): void {
  const names = [title];
  for (let one: Suite | undefined = suite; one; one = one.outer) names.unshift(one.name);
  const [file, ...titles] = names;
  // The same from run to run, so that what is known of the others stays known when tests are added.
  const name = `${file}#${titles.join(' ')}`;
  const same = collected.filter(({ id }) => id.startsWith(name)).length;
  collected.push({ id: `${name} [${same}]`, suite, act });
}

export const describe = Object.assign(
  ((title, ...rest) => addSuite(title, actAmong(rest))) as Titled<() => void>,
  { each: eachOf(addSuite), skipIf: (skip: boolean) => (skip ? () => {} : describe) },
);
export const it = Object.assign(
  ((title, ...rest) => addTest(title, actAmong(rest))) as Titled<CollectedTest['act']>,
  { each: eachOf(addTest), skipIf: (skip: boolean) => (skip ? () => {} : it) },
);
export const beforeAll = (hook: Hook): number => suite.beforeAll.push(hook);
export const afterAll = (hook: Hook): number => suite.afterAll.push(hook);
export const beforeEach = (hook: Hook): number => suite.beforeEach.push(hook);
export const afterEach = (hook: Hook): number => suite.afterEach.push(hook);
export const onTestFinished = (act: () => unknown): void => void running.getStore()?.push(act);

/** What is to be done when the test that runs has ended. */
const running = new AsyncLocalStorage<(() => unknown)[]>();
const skipped = Symbol('skipped');

/** Runs a test with its hooks, and clears up after it. Throws when it fails. */
export async function runTest({ id, suite: own, act }: CollectedTest): Promise<void> {
  const endings: (() => unknown)[] = [];
  const context: TestContext = {
    task: { name: id },
    expect,
    onTestFinished: (ending) => void endings.push(ending),
    skip: (condition = true) => {
      // oxlint-disable-next-line no-throw-literal
      if (condition) throw skipped;
    },
  };
  const suites = suitesOf(own);
  await running.run(endings, async () => {
    try {
      for (const { beforeEach: hooks } of suites) for (const hook of hooks) await hook(context);
      await act(context);
    } catch (error) {
      if (error !== skipped) throw error;
    } finally {
      for (const { afterEach: hooks } of suites.toReversed())
        for (const hook of hooks.toReversed()) await hook(context);
      for (const ending of endings.toReversed()) await ending();
    }
  });
}

/** From the file to the innermost `describe`. */
export function suitesOf(innermost: Suite): Suite[] {
  const suites: Suite[] = [];
  for (let one: Suite | undefined = innermost; one; one = one.outer) suites.unshift(one);
  return suites;
}

/** What is done once before the first test of a suite, or after its last one. */
export async function runOnce(hooks: readonly Hook[]): Promise<void> {
  const none = { task: { name: '' }, expect, onTestFinished: () => {}, skip: () => {} };
  for (const hook of hooks) await hook(none);
}
