import { describe, expect, it } from 'vitest';
import { boundedLabel, otherValue } from '../../src/metrics/bounded-label.ts';
import { createMetrics, maxTrainedModels } from '../../src/metrics/metrics.ts';
import { maxListedVersions } from '../../src/metrics/registry-metrics.ts';

describe('metrics under abuse', () => {
  it('count model names beyond the limit together, so no client can grow the process', async () => {
    const maxModels = 30;
    const metrics = createMetrics({ version: '0', maxModels });
    for (let i = 0; i < maxModels + 50; i += 1) metrics.observeBatch(`model-${i}`, 1);
    const { body } = await metrics.render();
    expect(body).toContain(`glimpse_batch_size_count{model="${otherValue}"} 50`);
    expect(body).toContain('glimpse_batch_size_count{model="model-0"} 1');
    expect(body).not.toContain(`model="model-${maxModels}"`);
    metrics.close();
  });

  it('do not grow with the names that callers train, nor with the versions they make', async () => {
    const metrics = createMetrics({ version: '0' });
    const epoch = {
      loss: 1,
      accuracy: 0.5,
      seconds: 1,
      validationLoss: 1,
      validationAccuracy: 0.5,
    };
    const versions = Array.from({ length: 5_000 }, (_, index) => ({
      model: 'digits',
      version: index + 1,
      state: index === 0 ? ('READY' as const) : ('UNAVAILABLE' as const),
      isMissing: false,
    }));
    metrics.watch({
      queues: () => [],
      drift: () => [],
      processDeaths: () => 0,
      accuracy: () => [],
      decodeQueueDepth: () => 0,
      versions: () => versions,
      memory: () => ({ kept: 0, inWork: 0, waiting: 0, cells: 0 }),
      jobsByState: () => ({}),
      repository: () => ({ seenAt: undefined, staleSince: undefined }),
      isReady: () => true,
    });
    for (let i = 0; i < 500; i += 1) metrics.observeEpoch({ model: `invented-${i}`, ...epoch });
    const { body } = await metrics.render();
    expect(body.match(/glimpse_training_epoch_seconds_count/g)).toHaveLength(maxTrainedModels + 1);
    expect(body.match(/glimpse_version_state{/g)).toHaveLength(maxListedVersions);
    expect(body).toContain('glimpse_version_state{model="digits",version="1",state="READY"} 1');
    expect(body).toContain('version="5000"');
    metrics.close();
  });

  it('escape what would break the text format', async () => {
    const metrics = createMetrics({ version: '0' });
    metrics.observeBatch('a"b\\c\nd', 1);
    expect((await metrics.render()).body).toContain('model="a\\"b\\\\c\\nd"');
    metrics.close();
  });

  it('of two servers in one process do not mix', async () => {
    const [one, other] = [createMetrics({ version: '0' }), createMetrics({ version: '0' })];
    one.countReload('digits');
    expect((await other.render()).body).not.toContain('glimpse_reloads_total{');
    one.close();
    other.close();
  });

  it('survive a scrape whose source fails without losing the counters for good', async () => {
    const metrics = createMetrics({ version: '0' });
    let isBroken = true;
    metrics.watch({
      queues: () => [],
      drift: () => [],
      processDeaths: () => 0,
      accuracy: () => [],
      memory: () => ({ kept: 0, inWork: 0, waiting: 0, cells: 0 }),
      decodeQueueDepth: () => 0,
      versions: () => [],
      jobsByState: () => ({}),
      repository: () => ({ seenAt: undefined, staleSince: undefined }),
      isReady: () => {
        if (isBroken) throw new Error('not yet');
        return true;
      },
    });
    await expect(metrics.render()).rejects.toThrow('not yet');
    isBroken = false;
    expect((await metrics.render()).body).toContain('glimpse_ready 1');
    metrics.close();
  });

  it('keep a name they know, however many others came after it', () => {
    const bound = boundedLabel(2);
    expect(['a', 'b', 'c', 'a', 'b', 'c'].map(bound)).toEqual([
      'a',
      'b',
      otherValue,
      'a',
      'b',
      otherValue,
    ]);
  });
});
