/**
 * npm run bench:peers: Glimpse beside other servers of the same model, on the same bodies, in turns. Writes its section
 * of bench/RESULTS.md. What a peer runs on is fetched once into .glimpse/tools; one that cannot be had is left out, and
 * the section says so.
 *   --only glimpse,fastapi    only these peers; RESULTS.md is left alone
 *   --scenes "PNG,JSON"       only scenes whose names begin so; RESULTS.md is left alone
 *   --rounds N, --seconds N   how often (3), and how long (1; whole seconds, of wrk) each scene is measured
 *   --quick                   few scenes, one round, rough figures; RESULTS.md is left alone
 *   --small                   tensors of a small net, of which the server is most; Glimpse, MLServer and node:http unless said
 *   --beside                  with --only or --quick, too: Glimpse while it trains, reloads and serves four models
 *   --write                   with --only: RESULTS.md gets what was measured
 *   --install                 only fetch what the peers run on
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/errors.ts';
import { openGenerator } from './peers/generate.ts';
import { measureBeside } from './peers/glimpse-scenes.ts';
import { glimpse, glimpseHandwriting, glimpseTrusted } from './peers/glimpse-peers.ts';
import { bare, fastify, floor } from './peers/node-peers.ts';
import type { Peer } from './peers/peer.ts';
import { bentoml, fastapi, litserve, mlserver, torchserve, triton } from './peers/python-peers.ts';
import { kill, treeOf } from './peers/process-tree.ts';
import { report } from './peers/report.ts';
import { measureRounds } from './peers/rounds.ts';
import { scenes } from './peers/scenes.ts';
import { writeSmallModel } from './peers/small-model.ts';
import { origin, writePart, writeSection } from './results.ts';

const root = join(import.meta.dirname, '..');
const all: readonly Peer[] = [
  glimpse,
  glimpseTrusted,
  glimpseHandwriting,
  fastify,
  bare,
  floor,
  fastapi,
  litserve,
  mlserver,
  bentoml,
  torchserve,
  triton,
];
const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    scenes: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string', default: '1' },
    quick: { type: 'boolean', default: false },
    small: { type: 'boolean', default: false },
    beside: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    install: { type: 'boolean', default: false },
  },
});

/** The options that decide what is in the tables, as they are written. */
function wordsOf({
  small,
  only,
}: {
  readonly small: boolean;
  readonly only?: string | undefined;
}): string {
  const words = [...(small ? ['--small'] : []), ...(only === undefined ? [] : ['--only', only])];
  return words.length === 0 ? '' : ` -- ${words.join(' ')}`;
}

function fail(message: string): never {
  console.error(message);
  return process.exit(2);
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  return Number.isInteger(value) && value >= 1 ? value : fail(`--${name} takes a whole number`);
}

const rounds = wholeNumber('rounds', flags.rounds ?? (flags.quick ? '1' : '3'));
const seconds = wholeNumber('seconds', flags.seconds);
const those = flags.small
  ? ['glimpse', 'glimpse-trusted', 'mlserver', 'bare']
  : all.map(({ name }) => name);
const chosen = (flags.only?.split(',') ?? those).map(
  (name) =>
    all.find((peer) => peer.name === name) ??
    fail(`--only knows ${all.map((peer) => peer.name).join(', ')}`),
);
const beginnings = flags.scenes?.split(',') ?? [flags.small ? 'OIP' : ''];
const measured = scenes
  .filter(({ isCore }) => isCore === true || !flags.quick)
  .filter(({ name }) => beginnings.some((beginning) => name.startsWith(beginning)));
if (measured.length === 0) fail(`--scenes: ${scenes.map(({ name }) => name).join('; ')}`);

const peers: Peer[] = [];
const lines: string[] = [];
for (const peer of chosen) {
  try {
    lines.push(`- ${peer.title}: ${await peer.install()}`);
    peers.push(peer);
  } catch (error) {
    const reason = messageOf(error).split('\n').slice(0, 2).join(' ');
    console.error(`${peer.name.toUpperCase()} IS LEFT OUT: ${messageOf(error)}`);
    lines.push(`- ${peer.title}: **left out**, ${reason}`);
  }
}
if (flags.install) process.exit();

/** Ends whatever was started, and this run. */
function interrupt(): never {
  for (const pid of treeOf(process.pid).slice(1)) kill(pid, 'SIGKILL');
  return process.exit(130);
}
process.once('SIGINT', interrupt).once('SIGTERM', interrupt);

execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
const generator = await openGenerator();
const folder = await mkdtemp(join(tmpdir(), 'glimpse-bench-peers-'));
try {
  const options = {
    peers,
    scenes: measured,
    rounds,
    seconds,
    model: flags.small
      ? await writeSmallModel(folder)
      : join(root, 'models', 'digits', '1', 'model.onnx'),
    folder,
    send: generator.send,
    report: (line: string) => console.error(`  ${line}`),
  };
  const figures = await measureRounds(options);
  const isAll = flags.only === undefined && flags.scenes === undefined && !flags.quick;
  const isWhole = isAll && !flags.small;
  const beside = isWhole || flags.beside ? [await measureBeside(options).catch(messageOf)] : [];
  const text = [
    origin(`npm run bench:peers${wordsOf(flags)}`),
    ...(flags.small
      ? [
          'A dense net of 784, 128 and 10 units: what is measured is the server, and hardly the model. MLServer speaks no tensors as bytes over HTTP, so that its row is empty; its own of the JSON is what to compare with. node:http is the floor: it puts the bytes of a body into the model, and checks, counts and admits nothing.',
        ]
      : []),
    `Every peer alone on the machine, all in turns, ${rounds} rounds of ${seconds} s a scene; the middle of the rounds. The same model and the same bodies for all; load by ${generator.name}, from the same machine. In each round the digit is another one, and an answer counts when it names it. Fastify and node:http leave it to sharp to shrink a JPEG while it is decoded, as it does by itself; Glimpse and the servers in Python decode it whole, so that the answer does not depend on the container. Each peer is one process that serves (the servers in Python on one worker), and runs the model on one thread.`,
    lines.join('\n'),
    report(figures),
    ...beside.flatMap((table) => [
      'Glimpse, trusted, with four models in one server: a PNG of 28x28 at 8 connections, while the server does something else.',
      table,
    ]),
  ].join('\n\n');
  console.log(text);
  if (flags.small && (isAll || flags.write))
    await writePart('Serving', 'Tensors of a small net', text);
  else if (isWhole || flags.write) await writeSection('Peers', text);
} finally {
  await rm(folder, { recursive: true, force: true });
}
