import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../src/package.ts';
import { MissingTool, run } from './foreign/run.ts';
import { withServer } from './foreign/server.ts';
import { promtool } from './foreign/prometheus-tools.ts';
import { pythonPackages } from './foreign/tools.ts';

/**
 * `npm run test:metrics`: what a server counts, after it has answered and refused calls, in the eyes of promtool (the
 * text format) and of the reference parser of OpenMetrics, which is strict.
 */
const checks = [
  {
    name: 'promtool check metrics',
    accept: 'text/plain',
    check: async (text: string) => run(await promtool(), ['check', 'metrics'], { input: text }),
  },
  {
    name: 'OpenMetrics parser of prometheus_client',
    accept: 'application/openmetrics-text; version=1.0.0',
    check: async (text: string) => {
      const tools = await pythonPackages('prometheus_client==0.26.0');
      const program = `
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
print(len(list(text_string_to_metric_families(sys.stdin.read()))), "families")`;
      return run(join(tools, 'bin', 'python'), ['-c', program], { input: text });
    },
  },
];

const image = await readFile(join(packageRoot, 'samples', 'golden', '7.png'));

await withServer(async (url) => {
  for (const body of [new Uint8Array(image), 'no image']) {
    const headers = { 'content-type': 'image/png' };
    await (await fetch(`${url}/predict`, { method: 'POST', body, headers })).text();
  }
  for (const { name, accept, check } of checks) {
    const text = await (await fetch(`${url}/metrics`, { headers: { accept } })).text();
    try {
      console.log(`${name}: nothing to say. ${(await check(text)).trim()}`);
    } catch (error) {
      const isMissing = error instanceof MissingTool;
      console.log(`${name}: ${isMissing ? 'NOT RUN, ' : ''}${String(error)}`);
      if (!isMissing) process.exitCode = 1;
    }
  }
});
