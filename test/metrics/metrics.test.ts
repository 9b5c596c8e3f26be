import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { maxListedVersions } from '../../src/metrics/registry-metrics.ts';
import { createMetrics, maxTrainedModels, type Metrics } from '../../src/metrics/metrics.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
const opened: Metrics[] = [];

function open(): Metrics {
  const metrics = createMetrics({ version: '1.2.3' });
  opened.push(metrics);
  return metrics;
}

afterEach(() => {
  for (const metrics of opened.splice(0)) metrics.close();
});

/** The value of one series in a scrape, or undefined when it is not there. */
async function series(metrics: Metrics, name: string): Promise<number | undefined> {
  const { body } = await metrics.render();
  const line = body.split('\n').find((text) => text.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

const sources = (over: object = {}) => ({
  queues: () => [],
  drift: () => [],
  processDeaths: () => 0,
  accuracy: () => [],
  memory: () => ({ kept: 0, inWork: 0, waiting: 0, cells: 0 }),
  decodeQueueDepth: () => 0,
  versions: () => [],
  repository: () => ({ seenAt: new Date(1_000), staleSince: undefined }),
  isReady: () => true,
  jobsByState: () => ({}),
  ...over,
});

/** prom-client reads these from /proc, so they exist where that does. */
const fromProc = /`process_(virtual_memory_bytes|heap_bytes|open_fds|max_fds)`/;

describe('docs/metrics.md', () => {
  it('lists every metric of the code, with its type, labels and meaning, and nothing else', () => {
    const documented = page
      .split('\n')
      .filter((line) => /^\| `(glimpse|process|nodejs)_/.test(line))
      .filter((line) => process.platform === 'linux' || !fromProc.test(line))
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .map(([, name, type, labels, help]) => [name, type, labels, help].join(' | '));
    const inCode = open()
      .describe()
      .map(({ name, type, labels, help }) =>
        [`\`${name}\``, type, labels.join(', ') || '-', help].join(' | '),
      );
    expect(documented.toSorted()).toEqual(inCode.toSorted());
  });

  it('names the limits that the code has', () => {
    expect(page).toContain(`the first ${maxTrainedModels} in the metrics of training`);
    expect(page).toContain(`lists at most ${maxListedVersions} versions`);
    const [, usual] = /first (\d+) model names/.exec(page)!;
    expect(readConfig({}).GLIMPSE_METRICS_MODELS).toBe(Number(usual));
  });
});

describe('metrics', () => {
  it('render in the Prometheus text format with the build they belong to', async () => {
    const { contentType, body } = await open().render();
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(body).toContain(`glimpse_build_info{version="1.2.3",node="${process.version}"} 1`);
    expect(body).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(body).toContain('process_resident_memory_bytes');
  });

  it('name metrics in base units, and end counters and nothing else in _total', () => {
    const all = open().describe();
    expect(all.filter(({ name }) => /_(ms|millis|kb|mb)(_|$)/.test(name))).toEqual([]);
    expect(
      all.filter(({ name, type }) => (type === 'counter') !== name.endsWith('_total')),
    ).toEqual([]);
  });

  it('count a request by route, method and status, and time it', async () => {
    const metrics = open();
    metrics.requestStarted();
    expect(await series(metrics, 'glimpse_http_requests_in_flight')).toBe(1);
    metrics.requestEnded({ route: '/predict', method: 'POST', status: 200, seconds: 0.003 });
    expect(await series(metrics, 'glimpse_http_requests_in_flight')).toBe(0);
    expect(
      await series(
        metrics,
        'glimpse_http_requests_total{route="/predict",method="POST",status="200"}',
      ),
    ).toBe(1);
    expect(
      await series(
        metrics,
        'glimpse_http_request_seconds_bucket{le="0.005",route="/predict",method="POST"}',
      ),
    ).toBe(1);
  });

  it('keep stages, batches, images and rejects apart by model', async () => {
    const metrics = open();
    metrics.observeStage('decode', 'digits', 0.002);
    metrics.observeBatch('digits', 7);
    metrics.countImages('digits', 3, 'predicted', 7);
    metrics.countImages('digits', 3, 'failed', 0);
    metrics.countReject('digits', 'full', 2);
    const { body } = await metrics.render();
    expect(body).toContain('glimpse_stage_seconds_count{stage="decode",model="digits"} 1');
    expect(body).toContain('glimpse_batch_size_sum{model="digits"} 7');
    expect(body).toContain(
      'glimpse_images_total{model="digits",version="3",outcome="predicted"} 7',
    );
    expect(body).not.toContain('outcome="failed"} 0');
    expect(body).toContain('glimpse_rejects_total{model="digits",reason="full"} 2');
  });

  it('forget the series of an unloaded version', async () => {
    const metrics = open();
    metrics.countImages('digits', 3, 'predicted', 1);
    metrics.forgetVersion('digits', 3);
    expect((await metrics.render()).body).not.toContain('version="3"');
  });

  it('read gauges from their source at every scrape', async () => {
    const metrics = open();
    expect(await series(metrics, 'glimpse_ready')).toBe(0);
    let versions = [{ model: 'digits', version: 1, state: 'READY' }];
    metrics.watch(
      sources({
        versions: () => versions,
        queues: () => [{ model: 'digits', version: 1, queueDepth: 5 }],
        decodeQueueDepth: () => 4,
        jobsByState: () => ({ running: 1 }),
      }),
    );
    expect(await series(metrics, 'glimpse_ready')).toBe(1);
    expect(await series(metrics, 'glimpse_decode_queue_depth')).toBe(4);
    expect(await series(metrics, 'glimpse_queue_depth{model="digits",version="1"}')).toBe(5);
    expect(await series(metrics, 'glimpse_training_jobs{state="running"}')).toBe(1);
    const state = 'glimpse_version_state{model="digits",version="1",state="READY"}';
    expect(await series(metrics, state)).toBe(1);
    versions = [];
    expect(await series(metrics, state)).toBeUndefined();
  });

  it('report loads, reloads, quarantines, polls and training', async () => {
    const metrics = open();
    metrics.observeLoad('digits', 'failed', 0.2);
    metrics.countReload('digits');
    metrics.countQuarantine('digits');
    metrics.countPoll('ok');
    metrics.observeEpoch({ model: 'digits', seconds: 1, loss: 0.5, accuracy: 0.9 });
    metrics.observeEpoch({
      model: 'digits',
      seconds: 1,
      loss: 0.25,
      accuracy: 0.95,
      validationLoss: 0.3,
      validationAccuracy: 0.93,
    });
    metrics.observeJob('succeeded', 12);
    metrics.countErrorResponse('GLIMPSE_QUEUE_FULL');
    const { body } = await metrics.render();
    for (const line of [
      'glimpse_version_loads_total{model="digits",outcome="failed"} 1',
      'glimpse_reloads_total{model="digits"} 1',
      'glimpse_quarantines_total{model="digits"} 1',
      'glimpse_repository_polls_total{outcome="ok"} 1',
      'glimpse_training_loss{model="digits",split="training"} 0.25',
      'glimpse_training_accuracy{model="digits",split="validation"} 0.93',
      'glimpse_training_epoch_seconds_count{model="digits"} 2',
      'glimpse_training_job_seconds_count{outcome="succeeded"} 1',
      'glimpse_errors_total{code="GLIMPSE_QUEUE_FULL"} 1',
    ]) {
      expect(body).toContain(line);
    }
  });
});
