import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileWhenStale } from './compile.mjs';
import { compareSurvivors, survivorsOf, type Excused, type Report } from './mutation/survivors.ts';

/**
 * Mutation testing: changes one place of a room after the other and runs the tests that pass through it. A
 * change that no test notices is either a test that is missing, or stands with its reason in survivors.json.
 */
const usage = `npm run test:mutation -- [room ...] [--concurrency N] [--fresh]

  room           batching, registry, jobs, datasets; all of them when none is named
  --concurrency  how many changes are tried at a time (1)
  --fresh        tries everything again, not only what was changed since the last time`;

/** What of a room is changed, and which tests shall notice. */
const rooms: Record<string, { readonly tests: string }> = {
  batching: { tests: 'test/batching/**/*.test.ts' },
  registry: { tests: 'test/registry/**/*.test.ts' },
  jobs: { tests: 'test/jobs/**/*.test.ts' },
  datasets: { tests: 'test/datasets/**/*.test.ts' },
};

const root = join(import.meta.dirname, '..');
// Under the root, because Stryker must find the vitest of the project.
const home = join(root, '.mutation');
const versions = ['@stryker-mutator/core@9.6.1', '@stryker-mutator/vitest-runner@9.6.1'];

const { values, positionals } = parseArgs({
  options: {
    concurrency: { type: 'string', default: '1' },
    fresh: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const unknown = positionals.find((name) => !Object.hasOwn(rooms, name));
if (values.help || unknown !== undefined) {
  console.log(unknown === undefined ? usage : `There is no room "${unknown}".\n\n${usage}`);
  process.exit(unknown === undefined ? 0 : 2);
}

/** Stryker is no dependency: 64 MB that only this command needs. */
function installStryker(): void {
  const installed = join(home, 'installed');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === versions.join()) return;
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{"private":true}');
  // Without its peer vitest, which is the project's.
  const flags = ['--no-audit', '--no-fund', '--legacy-peer-deps', '--ignore-scripts'];
  const { status } = spawnSync('npm', ['install', ...flags, ...versions], {
    cwd: home,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('Stryker could not be installed.');
  writeFileSync(installed, versions.join());
}

/** Tries every change of a room; gives what became of them. */
function mutate(room: string): Report {
  const file = (name: string): string => `.mutation/${room}${name}`;
  const settings = {
    mutate: [`src/${room}/**/*.ts`],
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'vitest.mutation.config.ts', related: false },
    coverageAnalysis: 'perTest',
    concurrency: Number(values.concurrency),
    timeoutMS: 10_000,
    incremental: true,
    force: values.fresh,
    incrementalFile: file('-known.json'),
    reporters: ['progress-append-only', 'json'],
    jsonReporter: { fileName: file('.json') },
    tempDirName: file('-sandbox'),
    ignorePatterns: ['/.mutation', '/bench', '/docs'],
    // It would rewrite it with the programming interface of TypeScript, which version 7 does not have.
    tsconfigFile: 'none.json',
  };
  writeFileSync(join(root, file('-settings.json')), JSON.stringify(settings));
  const stryker = join(home, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  const { status, signal } = spawnSync(process.execPath, [stryker, 'run', file('-settings.json')], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, MUTATION_TESTS: rooms[room]!.tests },
  });
  if (status !== 0) {
    throw new Error(
      `Stryker could not try the changes of src/${room}: it ended with ${status ?? signal}.`,
    );
  }
  return JSON.parse(readFileSync(join(root, file('.json')), 'utf8')) as Report;
}

installStryker();
compileWhenStale();
const excused = JSON.parse(
  readFileSync(join(import.meta.dirname, 'mutation', 'survivors.json'), 'utf8'),
) as Excused[];
let isClean = true;
for (const room of positionals.length > 0 ? positionals : Object.keys(rooms)) {
  const { tried, survivors } = survivorsOf(mutate(room));
  const ofRoom = excused.filter(({ file }) => file.startsWith(`src/${room}/`));
  const { unexcused, gone } = compareSurvivors(survivors, ofRoom);
  for (const one of unexcused) console.log(`no test notices: ${JSON.stringify(one)}`);
  for (const one of gone)
    console.log(`noticed now, or gone; strike it out: ${JSON.stringify(one)}`);
  console.log(
    `${room}: ${tried} changes tried, ${survivors.length} survived, ${unexcused.length} of them without a reason`,
  );
  isClean &&= unexcused.length === 0 && gone.length === 0;
}
process.exitCode = isClean ? 0 : 1;
