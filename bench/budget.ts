/**
 * npm run bench:budget: whether a right answer still costs no more processor time than bench/budget.json allows, beside
 * a plain Fastify server in the same run. Ends with 1 when it does not. Some four minutes on a quiet Linux machine.
 *   --rounds N   how often each is measured (3)
 *   --write      writes the ratios of this run into bench/budget.json instead
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openGenerator } from './peers/generate.ts';
import { glimpse, glimpseHandwriting, glimpseTrusted } from './peers/glimpse-peers.ts';
import { judge, ratiosOf, type Budget } from './peers/judge-budget.ts';
import { fastify } from './peers/node-peers.ts';
import { measureRounds, type PeerFigures } from './peers/rounds.ts';
import { scenes } from './peers/scenes.ts';
import { table } from './results.ts';

const root = join(import.meta.dirname, '..');
const file = join(import.meta.dirname, 'budget.json');
const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, write: { type: 'boolean', default: false } },
});
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
const written = JSON.parse(await readFile(file, 'utf8')) as Budget;

execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
const folder = await mkdtemp(join(tmpdir(), 'glimpse-bench-budget-'));
const found: PeerFigures[] = [];
try {
  found.push(
    ...(await measureRounds({
      peers: [fastify, glimpse, glimpseTrusted, glimpseHandwriting],
      scenes: scenes.filter(({ isCore }) => isCore === true),
      rounds: Math.max(1, Number(flags.rounds)),
      seconds: 1,
      model: join(root, 'models', 'digits', '1', 'model.onnx'),
      folder,
      send: (await openGenerator()).send,
      report: (line) => console.error(`  ${line}`),
    })),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
const ratios = ratiosOf(new Map(found.map((each) => [each.peer.name, each.scenes])), fastify.name);
if (flags.write) {
  await writeFile(file, `${JSON.stringify({ room: written.room, ratios }, rounded, 2)}\n`);
  console.log(`written to ${file}`);
} else {
  const verdicts = judge(written, ratios);
  const rows = verdicts.map(({ peer, scene, ratio, allowed, isKept }) => [
    peer,
    scene,
    ratio.toFixed(2),
    allowed.toFixed(2),
    isKept ? '' : 'EXCEEDED',
  ]);
  console.log(table([['peer', 'scene', 'CPU to Fastify', 'at most', ''], ...rows], 2));
  if (verdicts.some(({ isKept }) => !isKept)) process.exitCode = 1;
}
