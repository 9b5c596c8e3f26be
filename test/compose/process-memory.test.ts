import { pino } from 'pino';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { openProcessMemory } from '../../src/compose/memory.ts';
import { readConfig } from '../../src/config.ts';
import { commonFlow } from '../../src/fair-queue.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { closeServers, openServer } from '../support/server.ts';
import { tinyDraft, tinyPixels } from '../support/tiny-version.ts';

const GiB = 2 ** 30;
afterEach(closeServers);

function memoryOf(budgetBytes: number) {
  return openProcessMemory(readConfig({ GLIMPSE_MEMORY_BUDGET_BYTES: String(budgetBytes) }), {
    metrics: createMetrics({ version: 'x' }),
    logger: pino({ level: 'silent' }),
  });
}

describe('the budget of a server', () => {
  it('is what its cells have and what requests may have, together', async () => {
    const { ledger, cellMemory } = memoryOf(16 * GiB);
    const before = ledger.mostInWork;
    const cell = await cellMemory.reserve(4 * GiB);
    // Three quarters of what is left are for requests, one half of them for work.
    expect(before - ledger.mostInWork).toBeCloseTo((4 * GiB * 3) / 8, -3);
    cell.release();
    expect(ledger.mostInWork).toBeCloseTo(before, -3);
  });

  it('leaves an eighth to requests, and what they have by now, before a cell is started', async () => {
    const { ledger, cellMemory } = memoryOf(16 * GiB);
    const all = 16 * GiB - process.memoryUsage.rss() - (16 * GiB) / 6;
    await expect(cellMemory.reserve(all + GiB)).rejects.toMatchObject({
      code: 'GLIMPSE_CELLS_FULL',
    });
    (await cellMemory.reserve(all - GiB)).release();
    const account = ledger.open(commonFlow, Infinity);
    await account.enter(4 * GiB);
    await expect(cellMemory.reserve(all - GiB)).rejects.toMatchObject({
      code: 'GLIMPSE_CELLS_FULL',
    });
    account.close();
    (await cellMemory.reserve(all - GiB)).release();
  });
});

it('A server without memory for cells says so of their versions, counts it, and goes on with the others', async () => {
  const { url } = await openServer({
    versions: [await tinyDraft(), await tinyDraft({ model: 'stranger' })],
    env: { GLIMPSE_TRUSTED_MODELS: 'digits', GLIMPSE_MEMORY_BUDGET_BYTES: String(64 * 2 ** 20) },
  });
  const told = 'There is no memory for the cell of this model: it takes ';
  const { body } = await request(url).get('/models/stranger').expect(200);
  expect(body.versions).toMatchObject([
    { state: 'UNAVAILABLE', reason: { code: 'GLIMPSE_CELLS_FULL' } },
  ]);
  const { body: ready } = await request(url).get('/readyz').expect(200);
  expect(ready.reasons.join('\n')).toContain(told);
  const ask = (model: string) =>
    request(url)
      .post(`/models/${model}/predict`)
      .send({ instances: [tinyPixels.dark] });
  expect((await ask('stranger').expect(503)).body.error).toMatchObject({
    code: 'GLIMPSE_MODEL_NOT_READY',
    message: expect.stringContaining(told) as string,
  });
  await ask('digits').expect(200);
  const { text } = await request(url).get('/metrics').expect(200);
  expect(text).toMatch(/glimpse_memory_refusals_total\{reason="cells_full"\} [1-9]/);
  expect(text).toContain('glimpse_memory_reserved_bytes{purpose="cells"} 0\n');
});
