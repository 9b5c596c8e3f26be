import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { glimpseApp } from './app.ts';
import { monthlyCosts, type Resources } from './cost.ts';
import { loads } from './loads.ts';
import { priceList } from './prices.ts';
import { readSettings, settingsOfFile, SettingsError } from './read-settings.ts';
import { costLines, resourceLines } from './report.ts';
import type { GivenSettings, Settings } from './settings.ts';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

const usage = `npm run deploy:aws -- [--dry-run] [--settings FILE] [--load NAME] [-- what cdk deploy takes]

  --dry-run        say what would be made and what it costs a month; nothing is asked of AWS
  --settings FILE  JSON with what differs from the defaults (docs/deploy/ecs.md)
  --load NAME      ${loads.map(({ name }) => name).join(', ')}: what the costs are of (small)`;

/** What must be there before anything can be deployed. */
export function needs({ image, adminKeySecret, name, models, tasks }: Settings): string[] {
  return [
    'Deploying needs, in the account and region you are signed in to:',
    '  credentials of AWS (AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret) and a region (AWS_REGION), allowed to make all of the above',
    '  an account prepared for the CDK, once: npm --prefix deploy/cdk run cdk -- bootstrap',
    `  the image ${image}, for the architecture of the settings`,
    `  the secret ${adminKeySecret} with the admin key; docs/deploy/ecs.md has the command`,
    ...(tasks.max === 0
      ? []
      : [
          `  a version of "${models[0]}" in the repository, without which no task becomes ready; the first time deploy with "tasks": {"min": 0, "max": 0}`,
        ]),
    `It makes or changes the stack "${name}". Taking it away: npm --prefix deploy/cdk run cdk -- destroy`,
  ];
}

/** What would be made, what it costs, and what synthesis warns of. */
export function dryRun(given: GivenSettings, loadName: string): string[] {
  const load = loads.find(({ name }) => name === loadName);
  if (!load) {
    const names = loads.map(({ name }) => name).join(', ');
    throw new SettingsError(`--load is one of ${names}, not "${loadName}".`);
  }
  const settings = readSettings(given);
  const folder = mkdtempSync(join(tmpdir(), 'glimpse-cdk-'));
  try {
    const { app, stack } = glimpseApp(given, folder);
    app.synth();
    const text = readFileSync(join(folder, 'Glimpse.template.json'), 'utf8');
    const { Resources: resources } = JSON.parse(text) as { Resources: Resources };
    const warnings = Annotations.fromStack(stack)
      .findWarning('*', Match.anyValue())
      .map(({ entry }) => `WARNING: ${entry.data as string}`);
    const list = priceList();
    return [
      `Stack "${settings.name}". Nothing was asked of AWS, and nothing was made.`,
      ...resourceLines(resources),
      '',
      ...costLines(monthlyCosts(settings, resources, load, list), load, list),
      '',
      ...warnings,
      ...needs(settings),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the pinned CDK, which asks before it widens permissions; its exit code is ours. */
function deploy(
  file: string | undefined,
  given: GivenSettings,
  further: readonly string[],
): number {
  for (const line of needs(readSettings(given))) console.log(line);
  const cdk = join(packageFolder, 'node_modules', '.bin', 'cdk');
  const { status } = spawnSync(cdk, ['deploy', '--app', 'npx tsx src/synth.ts', ...further], {
    cwd: packageFolder,
    stdio: 'inherit',
    env: { ...process.env, ...(file !== undefined && { GLIMPSE_CDK_SETTINGS: file }) },
  });
  if (status !== 0) console.error('The CDK did not deploy; what it needs is listed above.');
  return status ?? 1;
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'dry-run': { type: 'boolean' },
      settings: { type: 'string' },
      load: { type: 'string', default: 'small' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    console.log(usage);
    return 0;
  }
  const file = values.settings === undefined ? undefined : resolve(values.settings);
  const given = settingsOfFile(file);
  if (values['dry-run'] !== true) return deploy(file, given, positionals);
  for (const line of dryRun(given, values.load)) console.log(line);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = main();
  } catch (error) {
    const isUsage = error instanceof TypeError && 'code' in error;
    if (!(error instanceof SettingsError) && !isUsage) throw error;
    console.error(`${error.message}${isUsage ? `\n\n${usage}` : ''}`);
    process.exitCode = 2;
  }
}
