import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownServerOf, type Attack, type AttackContext, type Outcome } from './attack.ts';
import { apiKey, json, pause, send, withHeaders } from './wire.ts';

/** In no answer may a word of this stand: it is in files that callers may not read. */
const secret = 'SECRETKEYMATERIAL';

/** What becomes of a job that reads this dataset: refused at once, or failed; with all that the caller gets to see. */
async function outcomeOf(
  { url, callers }: AttackContext,
  dataset: object,
): Promise<{ isRefused: boolean; told: string; code: string }> {
  const headers = apiKey(callers.admin);
  const call = { method: 'POST', path: '/train', ...json({ dataset, epochs: 1 }) };
  const asked = await send(url, withHeaders(call, headers));
  const id = /"id":"([\w-]+)"/.exec(asked.text)?.[1];
  if (id === undefined || asked.status >= 400) {
    return {
      isRefused: asked.status >= 400,
      told: asked.text,
      code: asked.code ?? String(asked.status),
    };
  }
  let job = asked;
  for (let waits = 0; waits < 300 && /"state":"(?:queued|running)"/.test(job.text); waits += 1) {
    await pause(100);
    job = await send(url, { path: `/train/${id}`, headers });
  }
  const log = await send(url, { path: `/train/${id}/logs`, headers });
  if (/"state":"(?:queued|running)"/.test(job.text)) {
    await send(url, { method: 'DELETE', path: `/train/${id}`, headers });
  }
  const isRefused = job.text.includes('"state":"failed"');
  return {
    isRefused,
    told: job.text + log.text,
    code: /"code":"(GLIMPSE_\w+)"/.exec(job.text)?.[1] ?? 'none',
  };
}

async function allForbidden(
  context: AttackContext,
  datasets: Readonly<Record<string, { readonly uri: string }>>,
): Promise<Outcome> {
  const { folder } = ownServerOf(context);
  const problems: string[] = [];
  const codes = new Map<string, number>();
  for (const [title, dataset] of Object.entries(datasets)) {
    const { isRefused, told, code } = await outcomeOf(context, dataset);
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (!isRefused) problems.push(`${title} was not refused`);
    if (told.includes(secret)) problems.push(`${title} quotes what it read`);
    // What the caller said it knows already.
    if (told.replaceAll(JSON.stringify(dataset.uri).slice(1, -1), '').includes(folder)) {
      problems.push(`${title} tells a path of the machine`);
    }
  }
  const counts = [...codes]
    .map(([code, count]) => `${count}x${code.replace('GLIMPSE_', '')}`)
    .join(' ');
  return { held: problems.length === 0, figures: [counts, ...problems].join('; ') };
}

const remote: Attack = {
  name: 'datasets at addresses that are not allowed: http, link-local, other buckets and prefixes',
  group: 'datasets',
  run(context) {
    const uris = [
      'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
      'https://169.254.169.254/latest/meta-data/',
      'http://[fd00:ec2::254]/latest/',
      'http://127.0.0.1/metrics',
      'ftp://127.0.0.1/data.csv',
      'gopher://127.0.0.1/',
      'data:text/csv,1,2',
      's3://other/data/train.csv',
      's3://allowed/data-of-others/train.csv',
      's3://allowed/data/../secret/train.csv',
      's3://allowed/',
      's3://allowed.evil/data/train.csv',
      'S3://other/data/train.csv',
      's3://',
    ];
    const datasets = Object.fromEntries(uris.map((uri) => [uri, { uri }]));
    const labels = { uri: 'sample:train', labelsUri: 's3://other/labels.idx' };
    return allForbidden(context, { ...datasets, labels });
  },
};

const local: Attack = {
  name: 'datasets in files outside of the root: paths, links, devices, files of the server itself',
  group: 'datasets',
  async run(context) {
    const { folder } = ownServerOf(context);
    const root = join(folder, 'datasets');
    await writeFile(join(folder, 'secret.csv'), `${secret},1\n${secret},2\n`);
    await writeFile(join(folder, 'secret.json'), `${secret} {`);
    await mkdir(join(root, 'in'), { recursive: true });
    await symlink(join(folder, 'secret.csv'), join(root, 'link.csv')).catch(() => {});
    await symlink(folder, join(root, 'in', 'folder')).catch(() => {});
    const paths = [
      '/etc/passwd',
      '/proc/self/environ',
      '/dev/zero',
      '../secret.csv',
      'in/../../secret.csv',
      '..%2fsecret.csv',
      'link.csv',
      'in/folder',
      'in/folder/secret.csv',
      `${root}/../secret.csv`,
      `${root}-of-others/a.csv`,
      join(folder, 'keys.json'),
      join(folder, 'data', 'audit.ndjson'),
      '~/.ssh/id_rsa',
      'a\u0000.csv',
    ];
    const datasets = paths.flatMap((path) => [path, `file:${path}`, `file://${path}`]);
    return allForbidden(context, Object.fromEntries(datasets.map((uri) => [uri, { uri }])));
  },
};

const quoted: Attack = {
  name: 'datasets inside of the root that are no datasets: no error quotes them',
  group: 'datasets',
  async run(context) {
    const { folder } = ownServerOf(context);
    const root = join(folder, 'datasets');
    const files: Record<string, string> = {
      'no.json': `${secret} {`,
      'no.csv': secret,
      'rows.csv': `a,b,label\n${secret},${secret},${secret}\n`,
      'no.parquet': `PAR1${secret}PAR1`,
      'no.zip': `PK\u0003\u0004${secret}`,
      'no.idx3-ubyte': `\u0000\u0000\u0008\u0003${secret}`,
      'no.ndjson': `{"pixels": ${secret}}\n`,
      'no.jsonl': `{"label": "${secret}"`,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
    return allForbidden(
      context,
      Object.fromEntries(Object.keys(files).map((name) => [name, { uri: `file:${name}` }])),
    );
  },
};

export const datasetAttacks: readonly Attack[] = [remote, local, quoted];
