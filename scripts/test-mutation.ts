import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileWhenStale } from './compile.mjs';
import {
  compareSurvivors,
  resultOf,
  type Excused,
  type MutationResult,
  type Report,
} from './mutation/survivors.ts';

/**
 * Mutation testing: changes one place of a room after the other and runs the tests that pass through it. A
 * change that no test notices is either a test that is missing, or stands with its reason in survivors.json.
 *
 * What is not tried, so that a room takes minutes and not a night:
 * - The wording of messages and of schemas (mutation/wording.mjs): how something is said is no behaviour.
 * - What runs while a module is loaded (`ignoreStatic`: schemas, constants). Every test of the room would have to run
 *   for each of them, in a process that has loaded everything anew. They are counted, and told as not tried.
 * - Tests that start training processes or fill disks, where quicker ones pass through the same lines: `slow` below.
 */
const usage = `npm run test:mutation -- [place ...] [--tests PLACE,PLACE] [--concurrency N] [--fresh]

  place          a room (batching, registry, jobs, datasets) or a part of one: datasets/formats, jobs/lane.ts;
                 all rooms when none is named; the places of one room are tried together
  --tests        runs only these tests, slow ones too: test/datasets/bytes,test/datasets/compressions.test.ts
  --concurrency  how many changes are tried at a time (1)
  --fresh        tries everything again, not only what was changed since the last time`;

/** The rooms, whose tests lie in test/ under the same name, and which of these (files, folders) are too slow to be run for each change. */
const rooms: Record<string, { readonly slow: readonly string[] }> = {
  batching: { slow: [] },
  registry: { slow: [] },
  jobs: {
    slow: [
      'test/jobs/full-disk.test.ts',
      'test/jobs/trainer-process.test.ts',
      'test/jobs/two-servers.test.ts',
      'test/jobs/kinds/import.test.ts',
    ],
  },
  // Whole uploads, servers of S3 and trainings; and XZ and bzip2, a second for each file.
  datasets: { slow: ['test/datasets/matrix/', 'test/datasets/compressions.test.ts'] },
};

const root = join(import.meta.dirname, '..');
// Under the root, because Stryker must find the vitest of the project.
const home = join(root, '.mutation');
const versions = ['@stryker-mutator/core@9.6.1'];

const { values, positionals } = parseArgs({
  options: {
    tests: { type: 'string', default: '' },
    concurrency: { type: 'string', default: '1' },
    fresh: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const unknown = positionals.find((place) => !isPlace(place));
if (values.help || unknown !== undefined) {
  console.log(unknown === undefined ? usage : `There is no place "${unknown}".\n\n${usage}`);
  process.exit(unknown === undefined ? 0 : 2);
}

function isWithin(file: string, place: string): boolean {
  return `${file}/`.startsWith(`src/${place}/`);
}

function isPlace(place: string): boolean {
  return Object.hasOwn(rooms, place.split('/')[0]!) && existsSync(join(root, 'src', place));
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

/** Tries every change of some places of a room; gives what became of them. */
function mutate(room: string, places: readonly string[]): MutationResult {
  const file = (name: string): string => `.mutation/${room}${name}`;
  const settings = {
    mutate: places.map((place) => `src/${place}${place.endsWith('.ts') ? '' : '/**/*.ts'}`),
    testRunner: 'in-process',
    plugins: [
      './scripts/mutation/in-process-runner.mjs',
      './scripts/mutation/survivor-reporter.mjs',
      './scripts/mutation/wording.mjs',
    ],
    ignorers: ['wording'],
    ignoreStatic: true,
    coverageAnalysis: 'perTest',
    concurrency: Number(values.concurrency),
    timeoutMS: 10_000,
    incremental: true,
    force: values.fresh,
    incrementalFile: file('-known.json'),
    reporters: ['progress-append-only', 'survivors', 'json'],
    jsonReporter: { fileName: file('.json') },
    tempDirName: file('-sandbox'),
    ignorePatterns: ['/.mutation', '/bench', '/docs'],
    // It would rewrite it with the programming interface of TypeScript, which version 7 does not have.
    tsconfigFile: 'none.json',
  };
  writeFileSync(join(root, file('-settings.json')), JSON.stringify(settings));
  const stryker = join(home, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  const { slow } = rooms[room]!;
  const { status, signal } = spawnSync(process.execPath, [stryker, 'run', file('-settings.json')], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      MUTATION_ROOM: room,
      MUTATION_SLOW_TESTS: slow.join(' '),
      MUTATION_TESTS: values.tests,
    },
  });
  if (status !== 0) {
    throw new Error(
      `Stryker could not try the changes of src/${room}: it ended with ${status ?? signal}.`,
    );
  }
  const report = JSON.parse(readFileSync(join(root, file('.json')), 'utf8')) as Report;
  return resultOf(report, (changed) => places.some((place) => isWithin(changed, place)));
}

installStryker();
compileWhenStale();
const excused = JSON.parse(
  readFileSync(join(import.meta.dirname, 'mutation', 'survivors.json'), 'utf8'),
) as Excused[];
const named = positionals.length > 0 ? positionals : Object.keys(rooms);
let isClean = true;
for (const room of Object.keys(rooms)) {
  const places = named.filter((place) => place.split('/')[0] === room);
  if (places.length === 0) continue;
  const { tried, notTried, survivors } = mutate(room, places);
  const ofPlaces = excused.filter(({ file }) => places.some((place) => isWithin(file, place)));
  const { unexcused, gone } = compareSurvivors(survivors, ofPlaces);
  for (const one of unexcused) console.log(`no test notices: ${JSON.stringify(one)}`);
  for (const one of gone)
    console.log(`noticed now, or gone; strike it out: ${JSON.stringify(one)}`);
  console.log(
    `${places.join(' ')}: ${tried} changes tried (${notTried} not), ${survivors.length} survived, ${unexcused.length} of them without a reason`,
  );
  isClean &&= unexcused.length === 0 && gone.length === 0;
}
process.exitCode = isClean ? 0 : 1;
