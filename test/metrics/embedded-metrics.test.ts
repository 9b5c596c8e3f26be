import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { openEmbeddedMetrics } from '../../src/compose/observing/embedded-metrics.ts';
import { readConfig } from '../../src/config.ts';
import { EmbeddedMetricsWriter } from '../../src/metrics/embedded-metrics.ts';
import type { Collected } from '../../src/metrics/merged.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';

function served() {
  const metrics = createMetrics({ version: '1' });
  const answer = (status: number, seconds: number): void => {
    metrics.requestStarted();
    metrics.requestEnded({ route: '/predict', method: 'POST', status, seconds });
  };
  return { metrics, answer };
}

const drift = (model: string, version: string, value: number) => ({
  labels: { model, version, figure: 'class' },
  value,
});

describe('metrics in the log', () => {
  it('say what has changed since the last line, of the server and of each model', async () => {
    const { metrics, answer } = served();
    const writer = new EmbeddedMetricsWriter('Shop');
    answer(200, 0.003);
    answer(200, 0.003);
    answer(503, 0.04);
    metrics.countImages('digits', 1, 'predicted', 7);
    metrics.countImages('digits', 2, 'predicted', 1);
    const [server, digits] = writer.linesOf(await metrics.collectAll(), 1_000);
    expect(server).toMatchObject({
      _aws: { Timestamp: 1_000, CloudWatchMetrics: [{ Namespace: 'Shop', Dimensions: [[]] }] },
      Requests: 3,
      ServerErrors: 1,
      ClientErrors: 0,
      PredictSeconds: {
        Values: [0.00375, 0.0375],
        Counts: [2, 1],
        Min: 0.00375,
        Max: 0.0375,
        Count: 3,
        Sum: expect.closeTo(0.046),
      },
    });
    expect(digits).toMatchObject({ Model: 'digits', Images: 8, FailedImages: 0 });
    expect(digits).toHaveProperty('_aws.CloudWatchMetrics.0.Dimensions', [['Model']]);

    answer(200, 0.003);
    const [next] = writer.linesOf(await metrics.collectAll(), 2_000);
    expect(next).toMatchObject({ Requests: 1, ServerErrors: 0, PredictSeconds: { Counts: [1] } });
    const [quiet] = writer.linesOf(await metrics.collectAll(), 3_000);
    expect(quiet).toMatchObject({ Requests: 0 });
    expect(quiet).not.toHaveProperty('PredictSeconds');
    metrics.close();
  });

  it('time the predictions of every API, and nothing else', async () => {
    const { metrics } = served();
    const routes = ['/predict', '/models/:model/predict', '/v1/models/:model:classify'];
    const others = ['/predictions/:model', '/v2/models/:model/infer', '/invocations'];
    for (const route of [...routes, ...others, '/predict-jobs', '/train', '/v2/models/:model']) {
      metrics.requestEnded({ route, method: 'POST', status: 200, seconds: 0.003 });
    }
    const [line] = new EmbeddedMetricsWriter('Glimpse').linesOf(await metrics.collectAll(), 0);
    expect(line).toMatchObject({ Requests: 9, PredictSeconds: { Count: 6 } });
    metrics.close();
  });

  it('count versions that were set aside and jobs that failed', async () => {
    const { metrics } = served();
    metrics.countQuarantine('digits');
    metrics.countQuarantine('fruit');
    for (const outcome of ['failed', 'succeeded', 'failed']) metrics.observeJob(outcome, 700);
    const writer = new EmbeddedMetricsWriter('Glimpse');
    const [server] = writer.linesOf(await metrics.collectAll(), 0);
    expect(server).toMatchObject({ Quarantines: 2, FailedJobs: 2 });
    const [next] = writer.linesOf(await metrics.collectAll(), 1);
    expect(next).toMatchObject({ Quarantines: 0, FailedJobs: 0 });
    metrics.close();
  });

  it('tell the highest drift of each model, of any version and figure', () => {
    const values = [
      drift('digits', '1', 0.1),
      drift('digits', '2', 0.4),
      drift('fruit', '1', 0.02),
    ];
    const collected = [{ name: 'glimpse_drift_psi', values }] as unknown as Collected;
    const [, digits, fruit] = new EmbeddedMetricsWriter('Glimpse').linesOf(collected, 0);
    expect(digits).toMatchObject({ Model: 'digits', DriftPsi: 0.4 });
    expect(fruit).toMatchObject({ Model: 'fruit', DriftPsi: 0.02 });
  });

  it('name every figure that a line has, and no other', async () => {
    const { metrics, answer } = served();
    answer(200, 0.003);
    metrics.countImages('digits', 1, 'failed', 1);
    const lines = new EmbeddedMetricsWriter('Glimpse').linesOf(await metrics.collectAll(), 0);
    for (const line of lines) {
      const { _aws: told, ...figures } = line;
      const named = told.CloudWatchMetrics[0].Metrics.map(({ Name }) => Name);
      expect(Object.keys(figures).filter((field) => field !== 'Model')).toEqual(named);
    }
    metrics.close();
  });

  it('take a counter that is smaller than before for one that began again', async () => {
    const writer = new EmbeddedMetricsWriter('Glimpse');
    const [first, again] = [served(), served()];
    for (let index = 0; index < 5; index += 1) first.answer(200, 0.003);
    again.answer(200, 0.003);
    writer.linesOf(await first.metrics.collectAll(), 0);
    const [line] = writer.linesOf(await again.metrics.collectAll(), 1);
    expect(line).toMatchObject({ Requests: 1 });
    first.metrics.close();
    again.metrics.close();
  });

  it('are written whatever level the log has, and once more at the end', async () => {
    const lines: Record<string, unknown>[] = [];
    const logger = pino(
      { level: 'error' },
      { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
    );
    const { metrics, answer } = served();
    const config = readConfig({ GLIMPSE_EMF_INTERVAL_SECONDS: '3600' });
    const log = openEmbeddedMetrics(config, { metrics, logger });
    log.start();
    answer(200, 0.003);
    await log.close();
    expect(lines[0]).toMatchObject({ Requests: 1, _aws: { CloudWatchMetrics: [{}] } });
    metrics.close();
  });

  it('are not written where nobody asked for them', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
    const { metrics } = served();
    const log = openEmbeddedMetrics(readConfig({}), { metrics, logger });
    log.start();
    await log.close();
    expect(lines).toEqual([]);
    metrics.close();
  });
});
