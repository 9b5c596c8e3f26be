import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run.ts';
import { perfAnalyzer } from '../tools.ts';
import type { ForeignCall, ForeignClient } from './client.ts';

/** Few requests, since what is tried is whether it can measure. */
const measuring = [
  ['--concurrency-range', '2'],
  ['--measurement-mode', 'count_windows'],
  ['--measurement-request-count', '50'],
  ['--stability-percentage', '999'],
  ['--max-trials', '3'],
].flat();

/** Triton's own load generator. It asks for metadata, configuration and statistics, too. */
export const perfAnalyzerClient: ForeignClient = {
  name: 'Triton’s perf_analyzer',
  async build(folder) {
    const { program, before, version } = await perfAnalyzer();
    return {
      version: `perf-analyzer ${version}`,
      async ask({ url, grpc, samples }) {
        const data = join(folder, 'data.json');
        await writeFile(data, await dataFile(samples));
        const calls: ForeignCall[] = [];
        for (const [wire, address] of [
          ['http', url.replace('http://', '')],
          ['grpc', grpc],
        ] as const) {
          for (const [name, more] of [
            ['one image', []],
            ['32 images', ['-b', '32']],
          ] as const) {
            const table = join(folder, `${wire}-${more.length}.csv`);
            const what = ['-m', 'digits', '-i', wire, '-u', address, ...more];
            const args = [...before, ...what, '--input-data', data, '-f', table, ...measuring];
            const output = await run(program, args);
            const answered = await judge(output, table);
            calls.push({ call: `${wire}, ${name}`, expected: 'measured, none failed', answered });
          }
        }
        return calls;
      },
    };
  },
};

/** A digit: what it makes up by itself is any bytes, and so NaN where they are read as numbers, which is refused here. */
async function dataFile(samples: string): Promise<string> {
  const tensor = JSON.parse(await readFile(join(samples, '7.json'), 'utf8')) as number[];
  const b64 = Buffer.from(Float32Array.from(tensor).buffer).toString('base64');
  return JSON.stringify({ data: [{ image: { content: { b64 }, shape: [1, 28, 28] } }] });
}

/** It must have measured itself, and have found what the server counted. */
async function judge(output: string, table: string): Promise<string> {
  const [names = '', values = ''] = (await readFile(table, 'utf8')).split('\n');
  const perSecond = Number(values.split(',')[names.split(',').indexOf('Inferences/Second')]);
  const counted = /Successful request count: (\d+)/.exec(output)?.[1];
  const isRight = perSecond > 0 && Number(counted) > 0 && !/error|failed/i.test(output);
  return isRight ? 'measured, none failed' : output.slice(-300);
}
