import { pino } from 'pino';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { composeServer, type Server } from '../../src/compose.ts';
import { openRepository } from '../../src/compose/open.ts';
import { ConfigError, isTracingAsked, readConfig } from '../../src/config.ts';
import { startTracing } from '../../src/tracing/open-telemetry.ts';
import { startCollector, type CollectedSpan } from '../support/otlp-collector.ts';
import { signInTo } from '../support/s3-options.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tinyDraft, tinyPng } from '../support/tiny-version.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentSpanId = '00f067aa0ba902b7';

describe('traces of a server', () => {
  let collector: Awaited<ReturnType<typeof startCollector>>;
  let s3: S3Server;
  let server: Server;
  const logged: string[] = [];
  let answers: request.Response[];

  const spansOf = (name: string): CollectedSpan[] =>
    collector.spans.filter((span) => span.name === name);

  beforeAll(async () => {
    collector = await startCollector();
    s3 = await startS3Server();
    signInTo(s3);
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
    vi.stubEnv('OTEL_SERVICE_NAME', 'digits-of-a-shop');
    const config = readConfig({
      GLIMPSE_DATA_DIR: await temporaryFolder(),
      GLIMPSE_REPOSITORY: `s3://${s3.bucket}/models`,
      GLIMPSE_S3_ENDPOINT: s3.endpoint,
      GLIMPSE_POLL_INTERVAL_MS: '0',
      GLIMPSE_CANONICALISE_THREADS: '1',
    });
    const publisher = openRepository(config);
    await publisher.publish(await tinyDraft());
    await publisher.close();
    server = await composeServer(
      config,
      pino({ level: 'info' }, { write: (line) => void logged.push(line) }),
    );
    const url = await server.app.listen({ host: '127.0.0.1', port: 0 });
    await server.start();
    const png = await tinyPng('left');
    const predict = () => request(url).post('/predict').set('content-type', 'image/png');
    answers = await Promise.all([
      predict().set('traceparent', `00-${traceId}-${parentSpanId}-01`).send(png),
      predict().set('traceparent', `00-${traceId}-${parentSpanId}-00`).send(png),
      predict().send(png),
      predict().send('no image'),
      request(url).get('/models/digits'),
    ]);
    await server.stop();
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await s3.close();
    await collector.close();
  });

  it('hang a request below the span of its caller, and its stages below it, one after the other', () => {
    const spans = collector.spans.filter((span) => span.traceId === traceId);
    const [root] = spans.filter((span) => span.parentSpanId === parentSpanId);
    expect(root).toMatchObject({
      name: 'POST',
      kind: 2,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/predict',
        'http.response.status_code': 200,
        'glimpse.model': 'digits',
        'glimpse.version': 1,
        'glimpse.images': 1,
      },
      resource: { 'service.name': 'digits-of-a-shop' },
    });
    const stages = spans.filter((span) => span.parentSpanId === root!.spanId);
    expect(stages.map(({ name }) => name)).toEqual([
      'receive',
      'decode',
      'queue',
      'infer',
      'encode',
    ]);
    for (const { startMs, endMs } of stages) {
      expect(startMs).toBeGreaterThanOrEqual(root!.startMs - 2);
      expect(endMs).toBeGreaterThanOrEqual(startMs - 2);
    }
  });

  it('name our span in the response and in the log', () => {
    const [root] = collector.spans.filter((span) => span.parentSpanId === parentSpanId);
    expect(answers[0]!.headers['traceparent']).toBe(`00-${traceId}-${root!.spanId}-01`);
    expect(logged.some((line) => line.includes(root!.spanId) && line.includes(traceId))).toBe(true);
  });

  it('leave out what its caller does not sample, and begin where there is no caller', () => {
    expect(answers[1]!.headers['traceparent']).toMatch(new RegExp(`^00-${traceId}-.{16}-00$`));
    const ours = answers[2]!.headers['traceparent']!.split('-')[1];
    expect(spansOf('POST').map((span) => span.traceId)).toContain(ours);
    expect(spansOf('POST')).toHaveLength(3);
  });

  it('link a batch to the requests whose images it held', () => {
    const batches = spansOf('batch digits');
    const requests = spansOf('POST').filter((span) => 'glimpse.batches' in span.attributes);
    expect(batches.flatMap(({ links }) => links).toSorted()).toEqual(
      requests.map(({ spanId }) => spanId).toSorted(),
    );
    expect(requests).toHaveLength(2);
  });

  it('say why a request was refused', () => {
    const refused = spansOf('POST').find(
      ({ attributes }) => attributes['http.response.status_code'] !== 200,
    );
    expect(refused!.attributes['error.type']).toBe('GLIMPSE_UNSUPPORTED_FORMAT');
    expect(refused!.status).toBe(0);
  });

  it('hold the calls of S3', () => {
    const all = collector.spans.filter(({ name }) => name.startsWith('S3.'));
    expect(all.find(({ name }) => name === 'S3.GetObject')).toMatchObject({
      kind: 3,
      attributes: { 'rpc.service': 'S3', 'aws.s3.bucket': s3.bucket },
    });
    expect(all.length).toBeGreaterThan(2);
  });
});

describe('traces of jobs', () => {
  it('are a span for each attempt and one below it for each epoch', async () => {
    const collector = await startCollector();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
    const tracing = startTracing({ version: '1', onProblem: (problem) => expect.fail(problem) });
    const job = { id: 'j1', kind: 'train', model: 'digits' };
    const maker = tracing.beginRequest({
      method: 'POST',
      path: '/train',
      startedAt: performance.now(),
    });
    maker.run(() => tracing.jobChanged({ ...job, change: { type: 'queued' } }));
    maker.end({ route: '/train', status: 202 });
    tracing.jobChanged({ ...job, change: { type: 'begun' } });
    for (const epoch of [1, 2]) {
      tracing.jobChanged({ ...job, change: { type: 'epoch', figures: { epoch, loss: 0.5 } } });
    }
    const code = 'GLIMPSE_TRAINING_DIVERGED';
    tracing.jobChanged({ ...job, change: { type: 'ended', state: 'failed', code } });
    await tracing.close();
    const [run] = collector.spans.filter(({ name }) => name === 'job train');
    expect(run).toMatchObject({
      links: [maker.spanId],
      status: 2,
      attributes: { 'glimpse.job.id': 'j1', 'glimpse.job.state': 'failed', 'error.type': code },
    });
    const epochs = collector.spans.filter(({ name }) => name === 'epoch');
    expect(epochs.map(({ parentSpanId: parent }) => parent)).toEqual([run!.spanId, run!.spanId]);
    expect(epochs.map(({ attributes }) => attributes['glimpse.epoch'])).toEqual([1, 2]);
    vi.unstubAllEnvs();
    await collector.close();
  });

  it('delay no end of a process when the collector is away, which is told once', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:9');
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '300');
    const problems: string[] = [];
    const tracing = startTracing({ version: '1', onProblem: (problem) => problems.push(problem) });
    tracing
      .beginRequest({ method: 'GET', path: '/', startedAt: performance.now() })
      .end({ route: '/', status: 200 });
    const startedAt = performance.now();
    await tracing.close();
    expect(performance.now() - startedAt).toBeLessThan(4_900);
    expect(problems.join()).toContain('ECONNREFUSED');
    vi.unstubAllEnvs();
  });
});

describe('whether traces are asked for', () => {
  it('is told by the variables of OpenTelemetry', () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
    expect(isTracingAsked({})).toBe(false);
    expect(isTracingAsked({ OTEL_SERVICE_NAME: 'x' })).toBe(false);
    expect(isTracingAsked(endpoint)).toBe(true);
    expect(isTracingAsked({ OTEL_TRACES_EXPORTER: 'otlp' })).toBe(true);
    expect(isTracingAsked({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' })).toBe(false);
    expect(isTracingAsked({ ...endpoint, OTEL_SDK_DISABLED: 'true' })).toBe(false);
  });

  it('is refused where they ask for what is not here', () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317' };
    expect(() => isTracingAsked({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).toThrow(
      ConfigError,
    );
    expect(() => isTracingAsked({ OTEL_TRACES_EXPORTER: 'zipkin' })).toThrow(/otlp or none/);
  });
});
