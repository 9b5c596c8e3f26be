import request from 'supertest';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRefusalBudget } from '../../src/http/refusal-log.ts';
import { closeServers, openServer } from '../support/server.ts';
import { slowModel } from '../support/tiny-onnx.ts';
import { tinyDraft, tinyPixels } from '../support/tiny-version.ts';

describe('the log lines of refused requests', () => {
  afterEach(closeServers);

  it('say why in the one line of the request, without a stack', async () => {
    const draft = await tinyDraft({ onnx: slowModel(400) });
    const { url, lines } = await openServer({
      versions: [draft],
      env: { GLIMPSE_DEFAULT_MODEL: draft.model, GLIMPSE_MAX_BATCH_SIZE: '1' },
    });
    const ask = () =>
      request(url)
        .post('/predict')
        .send({ instances: Array.from({ length: 40 }, () => tinyPixels.dark) });
    await ask().set('x-request-timeout-ms', '50').expect(504);
    const id = (await request(url).get('/models/none').expect(404)).headers['x-request-id'];
    await expect.poll(() => lines.filter(({ requestId }) => requestId === id)).toHaveLength(1);
    expect(lines.find(({ requestId }) => requestId === id)).toMatchObject({
      level: 30,
      status: 404,
      code: 'GLIMPSE_MODEL_NOT_FOUND',
      reason: 'There is no model "none".',
    });
    const late = lines.filter(({ code }) => code === 'GLIMPSE_DEADLINE_EXCEEDED');
    expect(late).toEqual([expect.objectContaining({ level: 30, status: 504 })]);
    expect(late[0]).not.toHaveProperty('err');
  });

  it('are bounded for each caller, and how many were left out is told', async () => {
    const { url, lines, app } = await openServer({ versions: [] });
    for (let count = 0; count < 130; count += 1) await request(url).get('/nowhere').expect(404);
    await request(url).get('/livez').expect(200);
    expect(lines.filter(({ status }) => status === 404)).toHaveLength(100);
    await app.close();
    expect(lines.find(({ level }) => level === 40)).toMatchObject({
      caller: '127.0.0.1',
      lines: 30,
    });
  });
});

describe('the budget of refusals', () => {
  it('is one for each caller and window, and a crowd of callers shares one', () => {
    vi.useFakeTimers();
    const onLeftOut = vi.fn<(caller: string, lines: number) => void>();
    const budget = createRefusalBudget({ maxLines: 2, windowMs: 1_000, maxCallers: 2, onLeftOut });
    const ask = (caller: string) => budget.allows(caller);
    expect(['a', 'a', 'a', 'b', 'c', 'd', 'e', 'a'].map(ask)).toEqual([
      true,
      true,
      false,
      true,
      true,
      true,
      false,
      false,
    ]);
    vi.advanceTimersByTime(1_000);
    expect(onLeftOut.mock.calls).toEqual([
      ['a', 2],
      ['all other callers', 1],
    ]);
    expect(ask('a')).toBe(true);
    budget.close();
    vi.useRealTimers();
  });
});
