import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { parse } from 'yaml';
import { startS3Server, type S3Server } from '../../test/support/s3-server.ts';
import { run } from '../foreign/run.ts';
import { goProgram } from '../foreign/tools.ts';
import { check } from './check.ts';

interface Step {
  readonly name?: string;
  readonly run?: string;
}

interface Workflow {
  readonly jobs: {
    readonly train: {
      readonly env: Readonly<Record<string, string>>;
      readonly steps: readonly Step[];
    };
  };
}

/**
 * A repository with the workflow, on an S3 server of ours: what its steps run is run as GitHub does it, three times. Actions of others (checkout, Node, the role in AWS)
 * are what is here already.
 */
export async function tryWorkflow(example: string, tarball: string): Promise<void> {
  const file = join(example, 'train.yml');
  await run(await goProgram('github.com/rhysd/actionlint/cmd/actionlint', 'v1.7.12'), [file]);
  check('actionlint finds nothing in train.yml', true);
  const home = join(example, 'repository');
  await mkdir(home);
  await cp(tarball, join(home, 'glimpse-0.1.0.tgz'));
  await writeFile(join(home, 'package.json'), '{ "private": true }\n');
  await run('npm', ['install', '--no-audit', '--no-fund', './glimpse-0.1.0.tgz'], { cwd: home });
  await draw(join(home, 'photos'), [0, 60], { apple: '#c22', pear: '#282' });
  // Others than those: a version is not held to what it has learnt from.
  await draw(join(home, 'held-out'), [100, 140], { apple: '#c22', pear: '#282' });
  const workflow: Workflow = parse(await readFile(file, 'utf8'));
  const s3 = await startS3Server();
  try {
    const first = await runSteps(workflow, home, s3);
    check('the first version is rehearsed, published and promoted', first.isGreen, first.said);
    check('its run says so', /fruit 1.*promoted/.test(first.summary), first.summary);
    const second = await runSteps(workflow, home, s3);
    check('a second one that is as good is promoted', second.isGreen, second.said);
    check('production is version 2', productionIn(s3) === 2, productionIn(s3));
    await rm(join(home, 'photos'), { recursive: true });
    await draw(join(home, 'photos'), [0, 60], { apple: '#282', pear: '#c22' });
    const third = await runSteps(workflow, home, s3);
    check('one that learnt from wrong pictures makes the run red', !third.isGreen, third.said);
    check('which says why', /fruit 3.*kept\. /.test(third.summary), third.summary);
    check('and production stays version 2', productionIn(s3) === 2, productionIn(s3));
  } finally {
    await s3.close();
  }
}

/** One run of the workflow: a new machine but for its checkout, so what the last one wrote is gone. */
async function runSteps(
  workflow: Workflow,
  home: string,
  s3: S3Server,
): Promise<{ isGreen: boolean; said: string; summary: string }> {
  const { env, steps } = workflow.jobs.train;
  for (const left of ['rehearsal', 'rehearsal.json', 'outcome.json', '.glimpse', 'summary.md'])
    await rm(join(home, left), { recursive: true, force: true });
  const given = {
    ...env,
    ...s3.env,
    GLIMPSE_REPOSITORY: `s3://${s3.bucket}/models`,
    GLIMPSE_S3_ENDPOINT: s3.endpoint,
    // As small as what there is to learn: the net of the workflow is one for photographs.
    TRAIN: '--shape 8x8x3 --architecture dense --epochs 60',
    GITHUB_STEP_SUMMARY: join(home, 'summary.md'),
  };
  const shell = ['--noprofile', '--norc', '-eo', 'pipefail', '-c'];
  let said = '';
  let isGreen = true;
  for (const { name = '', run: words } of steps) {
    if (words === undefined || !isGreen) continue;
    said += `\n${name}:\n`;
    await run('bash', [...shell, words], { cwd: home, env: given }).then(
      (output) => (said += output),
      (error: unknown) => {
        isGreen = false;
        said += String(error);
      },
    );
  }
  const summary = await readFile(given.GITHUB_STEP_SUMMARY, 'utf8').catch(() => '');
  return { isGreen, said, summary };
}

function productionIn(s3: S3Server): unknown {
  const object = s3.objects.get('models/fruit/labels.json');
  return object && JSON.parse(object.body.toString()).production;
}

/** Discs of about a colour for each class, anywhere on paper of about white. */
async function draw(
  folder: string,
  [from, to]: readonly [number, number],
  colours: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, colour] of Object.entries(colours)) {
    await mkdir(join(folder, name), { recursive: true });
    for (let index = from; index < to; index += 1) {
      const [x, y, radius] = [8 + (index % 7) * 2, 8 + (index % 9) * 2, 4 + (index % 4)];
      const paper = `hsl(${(index * 37) % 360} 20% ${80 + (index % 15)}%)`;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"><rect width="32" height="32" fill="${paper}"/><circle cx="${x}" cy="${y}" r="${radius}" fill="${colour}"/></svg>`;
      await sharp(Buffer.from(svg))
        .png()
        .toFile(join(folder, name, `${index}.png`));
    }
  }
}
