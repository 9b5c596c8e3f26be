import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { command as dataset } from '../../src/cli/dataset.ts';
import { command as train } from '../../src/cli/train.ts';
import type { JobRecord } from '../../src/jobs/record.ts';
import { isRecord } from '../../src/json.ts';
import { runCommand } from '../support/run-command.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let server: TestServer;
beforeAll(async () => {
  server = await openServer();
});
afterAll(closeServers);

const rows = (count: number, row: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => `${row(at)}\n`).join('');
const digits = (white: number) => (at: number) =>
  [at % 2, ...Array.from({ length: 4 }, (_, p) => (at * 7 + p * 5) % (white + 1))].join(',');

interface RefusedDataset {
  readonly files: Readonly<Record<string, string>>;
  /** What a request names; the first of the files. */
  readonly uri?: string;
  readonly labelColumn?: string;
}

const table = `label,a,b,c,d\n${rows(20, digits(255))}`;
/** Each is refused for a reason of its own. */
const refused: Readonly<Record<string, RefusedDataset>> = {
  'bad rows': { files: { 'a.csv': rows(20, (at) => `${digits(255)(at)}${at % 3 ? '' : 'x'}`) } },
  'values of 0..16': { files: { 'a.csv': `label,a,b,c,d\n${rows(40, digits(16))}` } },
  'no label': { files: { 'a.csv': `a,b,c,d,e\n${rows(20, digits(255))}` } },
  'elements without pixels': {
    files: { 'a.json': `[${rows(9, (at) => `{"label":${at % 2},"pixels":[${at}]},`)}{}]` },
  },
  'values that are no image': { files: { 'a.csv': rows(20, (at) => `${digits(255)(at)},9`) } },
  'a web page': { files: { 'a.csv': '<!DOCTYPE html><html><body>Sign in</body></html>' } },
  'an empty file': { files: { 'a.csv': '' } },
  'several tables': { files: { 'set/a.csv': table, 'set/b.csv': table }, uri: 'set' },
  'a single class': { files: { 'a.csv': rows(20, (at) => `x${digits(255)(at).slice(1)}`) } },
  'a column that is not there': { files: { 'a.csv': table }, labelColumn: 'class' },
  'a file that is not there': { files: { 'b.csv': table }, uri: 'a.csv' },
};

/** What the terminal must show of a detail: every word and number in it. */
function leaves(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(leaves);
  if (isRecord(value)) return Object.values(value).flatMap(leaves);
  return [String(value)];
}

async function overHttp(body: object): Promise<NonNullable<JobRecord['error']>> {
  const answer = await fetch(`${server.url}/train`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=60' },
    body: JSON.stringify(body),
  });
  const { error } = (await answer.json()) as { error: NonNullable<JobRecord['error']> };
  return error;
}

describe('the terminal tells of a refused dataset all that its job does over HTTP', () => {
  it.each(Object.entries(refused))('%s', async (name, { files, uri, labelColumn }) => {
    const folder = name.replaceAll(' ', '-');
    const root = join(server.folder, 'datasets', folder);
    for (const [file, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), content);
    }
    const named = uri ?? Object.keys(files)[0]!;
    const {
      code,
      message,
      details = {},
    } = await overHttp({
      model: 'refused',
      dataset: { uri: `${folder}/${named}`, ...(labelColumn && { labelColumn }) },
    });
    const { job: _job, ...known } = details;
    const option = labelColumn ? ['--label-column', labelColumn] : [];
    for (const [command, args] of [
      [train, [join(root, named)]],
      [dataset, ['import', join(root, named), '--name', 'refused']],
    ] as const) {
      const said = await runCommand(command, [...args, ...option], {
        GLIMPSE_REPOSITORY: join(server.folder, 'cli-models'),
      });
      const own = said.stderr.replaceAll(`${root}/`, `${folder}/`);
      expect(said.code).toBe(1);
      // Where it looked is another place.
      expect(own).toContain(`${message.replace(/ \(looked in \w+\)/, '')} (${code})`);
      for (const leaf of leaves(known)) expect(own).toContain(leaf);
    }
  });
});
