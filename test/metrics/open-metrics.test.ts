import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMetrics, type Metrics } from '../../src/metrics/metrics.ts';
import { toOpenMetrics } from '../../src/metrics/open-metrics.ts';

let metrics: Metrics;
beforeEach(() => {
  metrics = createMetrics({ version: '1.2.3' });
  metrics.requestStarted();
  metrics.requestEnded({ route: '/predict', method: 'POST', status: 200, seconds: 0.003 });
  metrics.observeBatch('a"b\\c\nd', 1);
});
afterEach(() => metrics.close());

const linesOf = (text: string): string[] => text.split('\n');

describe('OpenMetrics', () => {
  it('comes with its own content type and is marked to be whole', async () => {
    const { contentType, body } = await metrics.render('openmetrics');
    expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(body.endsWith('\n# EOF\n')).toBe(true);
    expect(body.match(/# EOF/g)).toHaveLength(1);
    expect(linesOf(body.trimEnd())).not.toContain('');
  });

  it('names the family of a counter without _total, and its samples with it', async () => {
    const lines = linesOf((await metrics.render('openmetrics')).body);
    expect(lines).toContain('# TYPE glimpse_http_requests counter');
    expect(lines).toContain(
      'glimpse_http_requests_total{route="/predict",method="POST",status="200"} 1',
    );
    expect(lines.filter((line) => /^# \w+ \S+_total /.test(line))).toEqual([]);
  });

  it('leaves what is no counter as it is, labels with quotes and line breaks too', async () => {
    const text = (await metrics.render()).body;
    const open = (await metrics.render('openmetrics')).body;
    for (const line of [
      '# TYPE glimpse_http_request_seconds histogram',
      'glimpse_http_request_seconds_bucket{le="1",route="/predict",method="POST"} 1',
      'glimpse_batch_size_count{model="a\\"b\\\\c\\nd"} 1',
      'glimpse_http_requests_in_flight 0',
    ]) {
      expect(linesOf(text)).toContain(line);
      expect(linesOf(open)).toContain(line);
    }
  });

  it('does not change what the next scrape in the text format gets', async () => {
    await metrics.render('openmetrics');
    const { contentType, body } = await metrics.render();
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(body).toContain('# TYPE glimpse_http_requests_total counter\n');
    expect(body).not.toContain('# EOF');
  });

  it('names the last trace of a bucket, in this form only, of all processes of a server', async () => {
    const traceId = 'c'.repeat(32);
    const slow = { route: '/predict', method: 'POST', status: 200, seconds: 0.7 };
    metrics.requestEnded({ ...slow, traceId: 'b'.repeat(32) });
    metrics.requestEnded({ ...slow, traceId });
    metrics.observeStage('infer', 'a"b', 99, traceId);
    const bucket = 'glimpse_http_request_seconds_bucket{le="1",route="/predict",method="POST"} 3';
    expect(linesOf((await metrics.render()).body)).toContain(bucket);
    const several = createMetrics({ version: '1', others: async () => [await metrics.collect()] });
    for (const one of [metrics, several]) {
      const lines = linesOf((await one.render('openmetrics')).body);
      expect(lines.filter((line) => line.includes('trace_id')).toSorted()).toEqual([
        expect.stringMatching(
          /^glimpse_http_request_seconds_bucket\{le="1",route="\/predict",method="POST"\} 3 # \{trace_id="c{32}"\} 0\.7 \d+(\.\d+)?$/,
        ),
        expect.stringMatching(
          /^glimpse_stage_seconds_bucket\{le="\+Inf",stage="infer",model="a\\"b"\} 1 # \{trace_id="c{32}"\} 99 /,
        ),
      ]);
    }
    several.close();
  });

  it('escapes quotes in help, and takes a gauge whose name ends in _total for what it is', () => {
    const text =
      '# HELP a_total of "them"\n# TYPE a_total gauge\na_total 1\n\n' +
      '# HELP b_total all\n# TYPE b_total counter\nb_total NaN\n';
    expect(toOpenMetrics(text)).toBe(
      '# HELP a_total of \\"them\\"\n# TYPE a_total gauge\na_total 1\n' +
        '# HELP b all\n# TYPE b counter\nb_total NaN\n# EOF\n',
    );
  });
});
