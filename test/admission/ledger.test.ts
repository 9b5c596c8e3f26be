import { describe, expect, it } from 'vitest';
import { createLedger } from '../../src/admission/ledger.ts';
import { errors } from '../../src/errors.ts';
import type { Flow } from '../../src/fair-queue.ts';
import { createRandom } from '../../src/random.ts';
import { outcome, turn } from '../support/puppet-run.ts';

const flow = (id: string): Flow => ({ id, weight: 1 });
const gone = new errors.GLIMPSE_CLIENT_CLOSED();

/** 1000 bytes for what is kept, 1000 for work. */
function create(capacity = 2_000) {
  const refusals: string[] = [];
  const ledger = createLedger({ capacity: () => capacity, onRefuse: (one) => refusals.push(one) });
  const open = (id: string, withinMs = 100_000) =>
    ledger.open(flow(id), performance.now() + withinMs);
  return { ledger, open, refusals };
}

describe('the ledger', () => {
  it('gives back all that a request has, whatever it was, and once', async () => {
    const { ledger, open } = create();
    const account = open('a');
    await account.enter(300);
    account.keepMore(50);
    account.keep(200);
    const release = await account.hold(400);
    expect([ledger.kept, ledger.inWork, account.price.bytes]).toEqual([200, 400, 600]);
    account.close();
    account.close();
    release();
    release();
    expect([ledger.kept, ledger.inWork, ledger.waiting]).toEqual([0, 0, 0]);
    account.keepMore(100);
    expect(ledger.kept).toBe(0);
  });

  it('leaves a quarter of what is kept to others, however much one caller asks for', async () => {
    const { open } = create();
    const greedy = open('greedy');
    await greedy.enter(750);
    expect(() => greedy.keepMore(1)).toThrow(expect.objectContaining({ statusCode: 429 }));
    const other = open('other');
    await other.enter(180);
    expect(other.kept).toBe(180);
  });

  it('counts what a request keeps to the flow that its body asks for, once that was read', async () => {
    const { ledger, open } = create();
    const account = open('a');
    await account.enter(700);
    account.change({ flow: { ...flow('a bulk'), isBulk: true }, deadline: 5 });
    expect([account.flow.id, account.deadline, account.kept, ledger.kept]).toEqual([
      'a bulk',
      5,
      700,
      700,
    ]);
    // What the flow had is free for its next request.
    const next = open('a');
    await next.enter(200);
    account.close();
    next.close();
    expect(ledger.kept).toBe(0);
  });

  it('says when to come back to a request that finds no room while it grows', async () => {
    const { open, refusals } = create();
    const account = open('a');
    await account.enter(700);
    try {
      account.keep(900);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'GLIMPSE_MEMORY_FULL', details: { retryAfterMs: 1000 } });
    }
    expect(account.kept).toBe(700);
    expect(refusals).toEqual(['memory_full']);
  });

  it('refuses at once what can never be, as too large and not as busy', async () => {
    const { ledger, open, refusals } = create();
    const tooCostly = { code: 'GLIMPSE_REQUEST_TOO_COSTLY', statusCode: 413 };
    expect(() => open('a').enter(751)).toThrow(expect.objectContaining(tooCostly));
    await expect(open('a').hold(1_001)).rejects.toMatchObject(tooCostly);
    expect(refusals).toEqual(['too_costly', 'too_costly']);
    expect([ledger.kept, ledger.inWork]).toEqual([0, 0]);
  });

  it('lets a request wait for memory that somebody keeps, and tells how long it waited', async () => {
    const { ledger, open } = create();
    const [first, second] = [open('a'), open('a')];
    await first.enter(700);
    const entering = second.enter(600);
    await turn();
    expect([second.kept, ledger.waiting]).toEqual([0, 1]);
    first.close();
    await entering;
    expect([second.kept, ledger.kept, ledger.waiting]).toEqual([600, 600, 0]);
    expect(second.price.waitedMs).toBeGreaterThan(0);
  });

  it('refuses who would wait beyond the deadline, and forgets who leaves while waiting', async () => {
    const { ledger, open } = create();
    await open('a').enter(700);
    const full = { code: 'GLIMPSE_MEMORY_FULL' };
    expect(() => open('a', 500).enter(600)).toThrow(expect.objectContaining(full));
    const leaver = new AbortController();
    const left = outcome(open('a').enter(600, leaver.signal)!);
    await turn();
    leaver.abort(gone);
    expect(await left).toEqual({ code: 'GLIMPSE_CLIENT_CLOSED' });
    expect([ledger.waiting, ledger.kept]).toEqual([0, 700]);
  });

  it('gives back what was granted to a request that had ended while it waited', async () => {
    const { ledger, open } = create();
    const [first, second] = [open('a'), open('a')];
    await first.enter(700);
    const entering = second.enter(600);
    second.close();
    first.close();
    await entering;
    expect(ledger.kept).toBe(0);
  });

  it('lets large work wait until there is room, and small work not pass it for ever', async () => {
    const { ledger, open } = create();
    const account = open('a');
    const release = await account.hold(600);
    const order: string[] = [];
    const large = account.hold(900).then((done) => (order.push('large'), done));
    const small = account.hold(100).then((done) => (order.push('small'), done));
    await turn();
    expect([order, ledger.waiting]).toEqual([[], 2]);
    release();
    (await large)();
    (await small)();
    expect([order, ledger.inWork]).toEqual([['large', 'small'], 0]);
  });

  it('gives work its memory whatever is kept', async () => {
    const { open } = create();
    await open('greedy').enter(750);
    await open('other').enter(180);
    const release = await open('third').hold(1_000);
    release();
  });

  it('is never negative and empty at the end, whatever happens (property)', async () => {
    const { ledger, open } = create();
    const chance = createRandom(7);
    const random = (below: number): number => chance.integer(below);
    const ends: Promise<unknown>[] = [];
    for (let i = 0; i < 500; i += 1) {
      const account = open(`caller ${random(4)}`);
      const leaver = new AbortController();
      const live = async (): Promise<void> => {
        try {
          await account.enter(random(400), leaver.signal);
          account.keep(random(500));
          const release = await account.hold(random(800), leaver.signal);
          try {
            await turn();
            account.keepMore(random(300));
          } finally {
            release();
          }
        } finally {
          account.close();
        }
      };
      ends.push(outcome(live()));
      if (random(4) === 0) leaver.abort(gone);
      if (random(3) === 0) await turn();
      expect(ledger.kept).toBeGreaterThanOrEqual(0);
      expect(ledger.kept).toBeLessThanOrEqual(1_000);
      expect(ledger.inWork).toBeLessThanOrEqual(1_000);
    }
    await Promise.all(ends);
    expect([ledger.kept, ledger.inWork, ledger.waiting]).toEqual([0, 0, 0]);
  });
});
