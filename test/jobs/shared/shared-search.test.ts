import { expect, it, vi } from 'vitest';
import { farRequest } from '../job-bench.ts';
import { fleet } from './fleet.ts';

const ranges = { l2: { type: 'uniform', from: 0, to: 0.1 } };

it('a search of several servers is held by one worker, and its trials are taken by any other', async () => {
  const { server, worker, tickets, records } = await fleet();
  const queue = server();
  const asked = { train: farRequest, ranges, trials: 2, publishWinner: false };
  const { job } = await queue.submit('search', asked);
  const searching = worker().run(job.id);
  for (const accuracy of [0.4, 0.6]) {
    const known = accuracy === 0.4 ? 1 : 2;
    await vi.waitFor(() => expect(tickets.ids.length).toBeGreaterThan(known), 20_000);
    const other = worker();
    const running = other.run(tickets.ids.at(-1)!);
    const puppet = await other.trainer.next();
    expect(puppet.job).toMatchObject({ kind: 'trial', request: { search: job.id } });
    const metrics = { accuracy, loss: 1 - accuracy };
    puppet.end({
      type: 'succeeded',
      outcome: { metrics, timings: { read: 0, train: 1 }, notes: [] },
    });
    expect(await running).toBe('done');
  }
  expect(await searching).toBe('done');
  const found = await records.read(job.id);
  expect(found).toMatchObject({
    job: { record: { state: 'succeeded', winner: { trial: 2, accuracy: 0.6 } } },
  });
});
