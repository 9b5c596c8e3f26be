import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey } from '../src/access/api-key.ts';
import { changeKeyFile } from '../src/access/key-file.ts';
import { packageRoot } from '../src/package.ts';
import { MissingTool, run } from './foreign/run.ts';
import { withServer } from './foreign/server.ts';
import { pythonPackages } from './foreign/tools.ts';

/**
 * `npm run test:contract`: schemathesis makes calls of openapi.yaml, right ones and wrong ones, to a server with keys, and
 * compares what is answered with the contract, by .schemathesis.toml. Calls that start jobs are left out: a right one
 * runs for minutes.
 */
const startsJob = ['startTraining', 'startSearch', 'evaluateVersion', 'importDataset'];

const folder = await mkdtemp(join(tmpdir(), 'glimpse-contract-'));
try {
  const tools = await pythonPackages('schemathesis==4.32.5');
  const { stored, text: key } = createKey(
    { name: 'schemathesis', scopes: ['admin'], models: ['*'] },
    new Date(),
  );
  const file = join(folder, 'keys.json');
  await changeKeyFile(file, () => [stored]);
  const said = await withServer(
    async (url) => {
      await importDataset(url, key);
      const config = ['--config-file', join(packageRoot, '.schemathesis.toml')];
      const args = [
        ...config,
        'run',
        join(packageRoot, 'openapi.yaml'),
        '--url',
        url,
        '--no-color',
      ];
      const skipped = startsJob.flatMap((id) => ['--exclude-operation-id', id]);
      const own = ['--header', `X-Api-Key: ${key}`];
      // It leaves files where it stands.
      return run(join(tools, 'bin', 'st'), [...args, ...skipped, ...own], {
        cwd: folder,
        // Every failure, each with its call.
        toldLength: 200_000,
      });
    },
    { GLIMPSE_KEYS_FILE: file },
  );
  console.log(said.slice(said.indexOf('= SUMMARY =')).split('\n').slice(1).join('\n').trim());
} catch (error) {
  const isMissing = error instanceof MissingTool;
  console.log(`schemathesis: ${isMissing ? 'NOT RUN, ' : ''}${String(error)}`);
  if (!isMissing) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** A dataset and a job of the server, so that there is something to list. */
async function importDataset(url: string, key: string): Promise<void> {
  const form = new FormData();
  form.append('request', JSON.stringify({ name: 'tiny' }));
  const rows = Array.from({ length: 20 }, (_, at) => [at % 2, ...Array(784).fill(at * 13)].join());
  form.append('dataset', new Blob([rows.join('\n')]), 'tiny.csv');
  const headers = { 'x-api-key': key, prefer: 'wait=60' };
  const response = await fetch(`${url}/datasets`, { method: 'POST', body: form, headers });
  if (response.status !== 201) throw new Error(await response.text());
}
