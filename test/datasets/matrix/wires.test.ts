import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { command as dataset } from '../../../src/cli/dataset.ts';
import { runCommand } from '../../support/run-command.ts';
import { putObject } from '../../support/s3-put.ts';
import { startS3Server, type S3Server } from '../../support/s3-server.ts';
import { closeServers, openServer, type TestServer } from '../../support/server.ts';
import { formCalled } from './forms.ts';
import { digestOf, examples, type Form } from './logical-dataset.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let s3: S3Server;
let server: TestServer;
let env: Record<string, string>;
beforeAll(async () => {
  s3 = await startS3Server({ bucket: 'data' });
  env = { ...s3.env, AWS_REGION: s3.region, GLIMPSE_S3_ENDPOINT: s3.endpoint };
  for (const [key, value] of Object.entries(env)) vi.stubEnv(key, value);
  server = await openServer({ env: { ...env, GLIMPSE_DATASET_URIS: 's3://data' } });
});
afterAll(async () => {
  await closeServers();
  await s3.close();
  vi.unstubAllEnvs();
});

const places = ['file', 's3', 'upload'] as const;

/** Puts the files of a form where the server and the command find them; how a request names them. */
async function place(form: Form, where: (typeof places)[number]) {
  const prefix = form.name.replaceAll(/\W/g, '-');
  const files = Object.entries(await form.files());
  const folder = join(server.folder, 'datasets', prefix);
  for (const [name, content] of files) {
    if (where === 's3') putObject(s3.objects, `${prefix}/${name}`, content);
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  const uri = { file: `${prefix}/${form.uri}`, s3: `s3://data/${prefix}/${form.uri}`, upload: '' }[
    where
  ];
  return { uri, files, folder };
}

const cells = (names: readonly string[], from: readonly (typeof places)[number][]) =>
  names.flatMap((name) => from.map((where) => [name, where] as const));

describe('POST /datasets', () => {
  it.each(cells(['CSV in xz', 'a WebDataset'], places))(
    'stores the same dataset: %s from %s',
    async (name, where) => {
      const form = formCalled(name);
      const { uri, files } = await place(form, where);
      const request = {
        name: 'matrix',
        ...((uri || form.spec) && { dataset: { ...(uri && { uri }), ...form.spec } }),
      };
      const upload = new FormData();
      for (const [file, content] of files)
        upload.append('file', new Blob([content]), basename(file));
      upload.append('request', JSON.stringify(request));
      const answer = await fetch(`${server.url}/datasets`, {
        method: 'POST',
        headers: { prefer: 'wait=60', ...(uri && { 'content-type': 'application/json' }) },
        body: uri ? JSON.stringify(request) : upload,
      });
      expect(await answer.json()).toMatchObject({ digest: digestOf(examples), examples: 40 });
    },
  );
});

const options = ({ spec }: Form): string[] => (spec?.shape ? ['--shape', '8x8x1'] : []);

describe('glimpse dataset import', () => {
  it.each(
    cells(
      [
        'CSV with semicolons',
        'IDX files in bzip2',
        'Parquet parts of Spark',
        'a tar.gz',
        'shards of a WebDataset',
      ],
      ['file', 's3'],
    ),
  )('stores the same dataset: %s from %s', async (name, where) => {
    const form = formCalled(name);
    const { uri, folder } = await place(form, where);
    const source = where === 'file' ? join(folder, form.uri) : uri;
    const args = ['import', source, '--name', 'matrix', ...options(form), '--json'];
    const result = await runCommand(dataset, args, {
      ...env,
      GLIMPSE_REPOSITORY: join(server.folder, 'cli-models'),
    });
    expect(result.stderr).toBe('');
    expect(JSON.parse(result.stdout)).toMatchObject({ digest: digestOf(examples), examples: 40 });
  });
});
