import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatFor } from '../../src/http/metrics-route.ts';
import { closeServers, openServer } from '../support/server.ts';

let url: string;
beforeAll(async () => {
  ({ url } = await openServer({ versions: [] }));
});
afterAll(closeServers);

/** What Prometheus 2.x and 3.x send. */
const prometheus2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const prometheus3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1';

describe('GET /metrics', () => {
  it.each([prometheus2, prometheus3])('answers in OpenMetrics to "%s"', async (accept) => {
    const { text, headers } = await request(url).get('/metrics').set('accept', accept).expect(200);
    expect(headers['content-type']).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    expect(headers['vary']).toBe('accept');
    expect(text).toContain('\n# TYPE glimpse_http_requests counter\n');
    expect(text.endsWith('\n# EOF\n')).toBe(true);
  });

  it.each(['', '*/*', 'text/plain', 'text/html,*/*;q=0.8'])(
    'answers in the text format to "%s"',
    async (accept) => {
      const { text, headers } = await request(url).get('/metrics').set('accept', accept);
      expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(text).toContain('\n# TYPE glimpse_http_requests_total counter\n');
      expect(text).not.toContain('# EOF');
    },
  );
});

describe('the form of a scrape', () => {
  it.each([
    ['application/openmetrics-text', 'openmetrics'],
    ['Application/OpenMetrics-Text; Version="1.0.0"', 'openmetrics'],
    ['application/openmetrics-text; version=2.0.0, text/plain;q=0.1', 'prometheus'],
    ['application/openmetrics-text;q=0', 'prometheus'],
    ['application/openmetrics-text;q=0.4, text/plain;q=0.5', 'prometheus'],
    ['text/plain, application/openmetrics-text', 'openmetrics'],
    ['application/openmetrics-text;q=much', 'prometheus'],
    [';;,,=;q', 'prometheus'],
  ])('of "%s" is %s', (accept, format) => {
    expect(formatFor(accept)).toBe(format);
  });
});
