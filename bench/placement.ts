/**
 * npm run bench:placement: what placing batches by a measured curve is worth. A residual net of 20 MB: the time until a server
 * is ready, at the first start and at the second, and its memory after three single images. The shipped digits:
 * images a second in JSON, single images alone, and single images beside somebody who sends 64 at a time. Builds in turns, medians.
 * Writes its part of bench/RESULTS.md. Linux only: it reads /proc.
 *   --before FOLDER  another built checkout, measured in the same turns
 *   --rounds N       how often each is measured (5)
 *   --seconds N      how long each load is kept up (2)
 *   --quick          RESULTS.md is left alone
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileWhenStale } from '../scripts/compile.mjs';
import { openRepository } from '../src/compose/open.ts';
import { readConfig } from '../src/config.ts';
import { encodePng } from '../src/image/encode-png.ts';
import { createRandom } from '../src/random.ts';
import { mnistPreprocessing } from '../src/preprocessing/contract-one.ts';
import { ask, load, requestBytes, type Load } from './load.ts';
import { median, residentMiB } from './machine.ts';
import { startGlimpse, type Running } from './processes.ts';
import { residualNet, residualSignature } from './residual-net.ts';
import { origin, table, writePart } from './results.ts';

const { values: flags } = parseArgs({
  options: {
    before: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    quick: { type: 'boolean', default: false },
  },
});
const [rounds, seconds] = [Number(flags.rounds), Number(flags.seconds)];
const builds = [
  ...(flags.before === undefined ? [] : [{ name: 'before', folder: flags.before }]),
  { name: 'now', folder: join(import.meta.dirname, '..') },
];
type Build = (typeof builds)[number];
const programOf = ({ folder }: Build): string => join(folder, 'dist', 'main.js');

/** Figures of one build by what they are of, one for each round. */
const figures = new Map<string, Map<string, number[]>>();
function note(what: string, { name }: Build, value: number): void {
  const row = figures.get(what) ?? new Map<string, number[]>();
  figures.set(what, row.set(name, [...(row.get(name) ?? []), value]));
}

/** A repository with the residual net, whose images are photos of noise. */
async function publishResidual(folder: string): Promise<string> {
  const uri = join(folder, 'models');
  const config = readConfig({ GLIMPSE_REPOSITORY: uri, GLIMPSE_DATA_DIR: join(folder, 'data') });
  const repository = openRepository(config);
  await repository.publish({
    model: 'digits',
    runtime: 'onnx',
    entry: 'model.onnx',
    signature: residualSignature,
    preprocessing: {
      ...mnistPreprocessing,
      width: 224,
      height: 224,
      channels: 3,
      colourSpace: 'rgb',
      canonicalise: 'none',
      mean: [0, 0, 0],
      std: [1, 1, 1],
    },
    golden: [],
    lineage: { source: 'bench' },
    metrics: {},
    files: new Map([['model.onnx', residualNet()]]),
    label: 'production',
  });
  await repository.close();
  return uri;
}

function noise(side: number, channels: 1 | 3): Promise<Buffer> {
  const random = createRandom(1);
  const pixels = Uint8Array.from({ length: side * side * channels }, () => random.integer(256));
  return encodePng(pixels, { width: side, height: side, channels });
}

async function expectAnswer(port: number, request: Buffer): Promise<void> {
  const { status, body } = await ask(port, request);
  if (status !== 200) throw new Error(`${status}: ${body.toString()}`);
}

/** Two starts on one data folder; memory after three images, one after the other. */
async function residual(build: Build, uri: string, photo: Buffer): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'glimpse-placement-'));
  try {
    for (const start of ['first', 'second']) {
      const environment = { GLIMPSE_REPOSITORY: uri, GLIMPSE_DATA_DIR: data };
      const server = await startGlimpse(
        { ...environment, GLIMPSE_TRUSTED_MODELS: '*' },
        programOf(build),
      );
      try {
        for (let image = 0; image < 3; image += 1) await expectAnswer(server.port, photo);
        note(`residual net, ${start} start: ready after ms`, build, server.readyMs);
        const MiB = residentMiB(server.pid);
        note(`residual net, ${start} start: MiB after three images`, build, MiB);
      } finally {
        await server.stop();
      }
    }
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

const many = (count: number): Buffer => {
  const random = createRandom(2);
  const image = (): number[] => Array.from({ length: 784 }, () => random.integer(256));
  const instances = Array.from({ length: count }, image);
  return requestBytes('/predict', 'application/json', Buffer.from(JSON.stringify({ instances })));
};

async function digits(build: Build, server: Running, single: Buffer): Promise<void> {
  const noteLoad = (what: string, { p50Ms, p99Ms, refused }: Load): void => {
    if (refused > 0) throw new Error(`${refused} answers were refused`);
    note(`${what}: p50 ms`, build, p50Ms);
    note(`${what}: p99 ms`, build, p99Ms);
  };
  const eights = await load(server, many(8), 8, seconds);
  note('digits, JSON of 8 images, 8 connections: images/s', build, eights.perSecond * 8);
  const alone = await load(server, single, 1, seconds);
  noteLoad('digits, one image at a time', alone);
  const crowd = await load(server, single, 32, seconds);
  note('digits, single images, 32 connections: images/s', build, crowd.perSecond);
  const [beside] = await Promise.all([
    load(server, single, 1, seconds),
    load({ ...server, from: '127.0.0.2' }, many(64), 2, seconds),
  ]);
  noteLoad('digits, one image at a time beside another caller’s 64s', beside);
}

compileWhenStale();
const folder = await mkdtemp(join(tmpdir(), 'glimpse-placement-'));
const servers: Running[] = [];
try {
  const uri = await publishResidual(folder);
  const photo = requestBytes('/predict', 'image/png', await noise(224, 3));
  const single = many(1);
  for (const build of builds) servers.push(await startGlimpse({}, programOf(build)));
  for (let round = 0; round < rounds; round += 1) {
    const turns = [...builds.keys()];
    for (const at of round % 2 === 0 ? turns : turns.toReversed()) {
      await digits(builds[at]!, servers[at]!, single);
      await residual(builds[at]!, uri, photo);
    }
    console.error(`  round ${round + 1} of ${rounds}`);
  }
} finally {
  for (const server of servers) await server.stop();
  await rm(folder, { recursive: true, force: true });
}

const shown = (value: number): string => (value < 100 ? value.toFixed(2) : value.toFixed(0));
const rows = Array.from(figures, ([what, byBuild]) => [
  what,
  ...builds.map(({ name }) => shown(median(byBuild.get(name)!))),
]);
const body = [
  origin(
    `npm run bench:placement -- --seconds ${seconds}${flags.before ? ' --before FOLDER' : ''}`,
  ),
  `Medians of ${rounds} rounds, the builds in turns.`,
  table([['what', ...builds.map(({ name }) => name)], ...rows]),
].join('\n\n');
console.log(body);
if (!flags.quick) await writePart('Serving', 'Placement', body);
