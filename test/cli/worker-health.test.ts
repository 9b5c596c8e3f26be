import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { listenForHealth } from '../../src/cli/worker/health.ts';
import { readConfig } from '../../src/config.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';

it('a worker says whether it lives, whether it takes jobs, and what it has counted', async () => {
  const metrics = createMetrics({ version: '0.0.0' });
  let problem: string | undefined = 'Redis does not answer';
  const config = readConfig({ GLIMPSE_HOST: '127.0.0.1', GLIMPSE_PORT: '0' });
  const server = await listenForHealth({ metrics, problem: () => problem }, config);
  onTestFinished(() => {
    server.close();
    metrics.close();
  });
  const { port } = server.address() as AddressInfo;
  const get = async (path: string): Promise<[number, string]> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return [response.status, await response.text()];
  };
  expect((await get('/livez'))[0]).toBe(200);
  expect(await get('/readyz')).toEqual([
    503,
    '{"ready":false,"reasons":["Redis does not answer"]}',
  ]);
  problem = undefined;
  expect(await get('/readyz')).toEqual([200, '{"ready":true,"reasons":[]}']);
  const [status, text] = await get('/metrics');
  expect(status).toBe(200);
  expect(text).toContain('glimpse_build_info{version="0.0.0"');
  expect((await get('/predict'))[0]).toBe(404);
});
