import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createCallPasser, takePassedCalls } from '../../src/compose/processes/passed-calls.ts';
import { configOfProcess, processCount } from '../../src/compose/processes/share.ts';
import { askForBudgets, keepBudgets } from '../../src/compose/processes/shared-budgets.ts';
import type { Caller } from '../../src/access/caller.ts';
import type { PredictedCall } from '../../src/evidence/predicted-call.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import type { ProcessLink, TopicHandler } from '../../src/processes/process-link.ts';
import type { Manifest } from '../../src/repository/manifest.ts';

/** A link of two processes in one: what is told or asked is answered by the same. */
function looped() {
  const handlers = new Map<string, TopicHandler>();
  const onFirst: (() => void)[] = [];
  const onDeath: ((number: number) => void)[] = [];
  const ask = async (topic: string, content: unknown) =>
    handlers.get(topic)?.handle(structuredClone(content));
  const link: ProcessLink = {
    order: {
      role: 'further',
      number: 1,
      othersAnswer: true,
      count: 2,
      socketPath: '',
      secret: '',
      data: {},
    },
    firstSocket: undefined,
    deaths: 0,
    askFirst: ask,
    askOthers: async (topic, content) => [await ask(topic, content)],
    tellFirst(topic, content) {
      void ask(topic, content);
      return true;
    },
    answer: (topic, handler) => void handlers.set(topic, handler),
    announceListening: () => {},
    onFirst: (listener) => void onFirst.push(listener),
    onDeath: (listener) => void onDeath.push(listener),
    onDrain: () => {},
    onStop: () => {},
  };
  return { link, replaceFirst: () => onFirst.forEach((listener) => listener()), onDeath };
}

describe('the settings of one process of several', () => {
  const whole = readConfig({
    GLIMPSE_MEMORY_BUDGET_BYTES: '1000000000',
    GLIMPSE_DECODE_CONCURRENCY: '2',
    GLIMPSE_MAX_LOADED_BYTES: '0',
    GLIMPSE_ADMIN_PORT: '9000',
    GLIMPSE_PREDICTION_LOG: '/log',
  });

  it('are a part of memory and work, at least one, and no limit stays none', () => {
    const config = configOfProcess(whole, { role: 'first', count: 4 });
    expect(config.GLIMPSE_MEMORY_BUDGET_BYTES).toBe(250_000_000);
    expect(config.GLIMPSE_DECODE_CONCURRENCY).toBe(1);
    expect(config.GLIMPSE_MAX_LOADED_BYTES).toBe(0);
    expect([config.GLIMPSE_ADMIN_PORT, config.GLIMPSE_PREDICTION_LOG]).toEqual([9000, '/log']);
  });

  it('have nothing in them that only the first process does', () => {
    const config = configOfProcess(whole, { role: 'further', count: 4 });
    expect([config.GLIMPSE_ADMIN_PORT, config.GLIMPSE_PREDICTION_LOG]).toEqual([0, '']);
    expect(config.GLIMPSE_RECENT_PREDICTIONS).toBe(0);
  });

  it('ask for one process of each core by 0', () => {
    expect(processCount({ GLIMPSE_PROCESSES: 3 })).toBe(3);
    expect(processCount({ GLIMPSE_PROCESSES: 0 })).toBeGreaterThanOrEqual(1);
  });
});

describe('calls that another process has answered', () => {
  const manifest = { model: 'digits', version: 1 } as Manifest;
  const call = (id: string): PredictedCall => ({
    id,
    manifest,
    digests: { model: 'a', preprocessing: 'b' },
    images: [{ index: 0, label: '7', file: Uint8Array.of(1, 2) } as never],
  });

  it('come with their manifest, which is sent once, and without files that nobody keeps', async () => {
    const { link } = looped();
    const taken: PredictedCall[] = [];
    takePassedCalls(link, (one) => taken.push(one));
    const pass = createCallPasser(link, { withFiles: false });
    for (const id of ['a', 'b']) pass(call(id));
    expect(taken).toEqual([]);
    await expect.poll(() => taken.length).toBe(2);
    pass(call('c'));
    await expect.poll(() => taken.length).toBe(3);
    expect(taken.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(taken.map((one) => one.manifest)).toEqual([manifest, manifest, manifest]);
    expect(taken[2]!.manifest).toBe(taken[0]!.manifest);
    expect(taken[0]!.images).toEqual([{ index: 0, label: '7', file: undefined }]);
  });

  it('come with their files at once where those are kept, because the bytes are lent', async () => {
    const { link } = looped();
    const taken: PredictedCall[] = [];
    takePassedCalls(link, (one) => taken.push(one));
    const lent = call('a');
    createCallPasser(link, { withFiles: true })(lent);
    lent.images[0]!.file!.fill(0);
    expect(taken[0]!.images[0]!.file).toEqual(Uint8Array.of(1, 2));
  });

  it('tell another first process of the manifest again', async () => {
    const one = looped();
    const pass = createCallPasser(one.link, { withFiles: true });
    takePassedCalls(one.link, () => {});
    pass(call('a'));
    const taken: PredictedCall[] = [];
    takePassedCalls(one.link, (each) => taken.push(each));
    pass(call('lost: it does not know the manifest'));
    one.replaceFirst();
    pass(call('b'));
    expect(taken.map(({ id }) => id)).toEqual(['b']);
  });
});

/** One request at a time. */
function oneAtATime() {
  const { link, onDeath } = looped();
  let inWork = 0;
  const own = {
    async spend() {
      if (inWork > 0) throw new Error('full');
      inWork += 1;
      return () => void (inWork -= 1);
    },
  };
  expect(keepBudgets(link, own)).toBe(own);
  return { further: askForBudgets(link, 0), onDeath, inWork: () => inWork };
}

describe('budgets of several processes', () => {
  const caller: Caller = {
    kind: 'key',
    id: 'slow',
    name: '',
    scopes: [],
    models: [],
    budget: { concurrency: 1 },
  };

  it('are spent at the first, and given back there', async () => {
    const { further, inWork } = oneAtATime();
    const giveBack = await further.spend(caller);
    await expect(further.spend(caller)).rejects.toThrow('full');
    giveBack();
    await expect.poll(inWork).toBe(0);
    await further.spend(caller);
  });

  it('cost nothing for a caller that has none', async () => {
    const { further, inWork } = oneAtATime();
    const { budget: _, ...free } = caller;
    await further.spend(free);
    expect(inWork()).toBe(0);
  });

  it('are given back when the process dies that has spent them, and only then', async () => {
    const { further, onDeath, inWork } = oneAtATime();
    await further.spend(caller);
    for (const listener of onDeath) listener(2);
    expect(inWork()).toBe(1);
    for (const listener of onDeath) listener(1);
    expect(inWork()).toBe(0);
  });
});

describe('the metrics of several processes', () => {
  it('are added up, but for those of which one process tells', async () => {
    const further = createMetrics({ version: '1' });
    const first = createMetrics({ version: '1', others: async () => [await further.collect()] });
    for (const one of [first, further]) one.countErrorResponse('GLIMPSE_DRAINING');
    further.requestStarted();
    const { body } = await first.render();
    expect(body).toContain('glimpse_errors_total{code="GLIMPSE_DRAINING"} 2');
    expect(body).toContain('glimpse_http_requests_in_flight 1');
    expect(body).toContain('glimpse_processes 2');
    expect(body).toMatch(/glimpse_build_info\{version="1",node="[^"]+"\} 1/);
    const open = await first.render('openmetrics');
    expect(open.body.trimEnd().endsWith('# EOF')).toBe(true);
    for (const one of [first, further]) one.close();
  });
});
