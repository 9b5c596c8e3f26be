/**
 * `npm run pack`: a tarball of the package, for `npm install ./glimpse-<version>.tgz` elsewhere, and the small one behind `npm create glimpse`. npm itself would
 * pack whatever lies in dist/; here it is made first, with the types of what other programs import.
 */
import { cp, mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from './foreign/run.ts';

const root = join(import.meta.dirname, '..');
/** What the package exports, as in package.json. */
const entries = ['library/exported', 'library/fastify', 'client/exported'];

await run(process.execPath, [join(root, 'scripts', 'bundle.mjs')], { cwd: root });
await writeTypes(join(root, 'dist', 'types'));
const stage = await mkdtemp(join(tmpdir(), 'glimpse-pack-'));
try {
  await stageCreator(join(stage, 'create'));
  console.log(await pack(join(stage, 'create')));
  await stagePackage(join(stage, 'glimpse'));
  console.log(await pack(join(stage, 'glimpse')));
} finally {
  await rm(stage, { recursive: true, force: true });
}

async function pack(folder: string): Promise<string> {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', root];
  const told: unknown = JSON.parse(await run('npm', args, { cwd: folder }));
  const [packed] = Array.isArray(told) ? told : [];
  return join(root, String(packed?.filename));
}

/** It has the version of the package that it calls, whatever its own manifest says. */
async function stageCreator(folder: string): Promise<void> {
  const { version } = await manifestIn(root);
  const manifest = await manifestIn(join(root, 'create'));
  await mkdir(folder);
  for (const file of manifest.files)
    await cp(join(root, 'create', file), join(folder, file), { recursive: true });
  await cp(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  await write(folder, { ...manifest, version, dependencies: { glimpse: version } });
}

/** The package as it is installed: what it needs to run, and nothing that makes or tests it. */
async function stagePackage(folder: string): Promise<void> {
  const { scripts: _scripts, devDependencies: _ours, ...manifest } = await manifestIn(root);
  await mkdir(folder);
  for (const file of [...manifest.files, 'README.md', 'LICENSE', 'CHANGELOG.md'])
    await cp(join(root, file), join(folder, file), { recursive: true });
  await write(folder, { ...manifest, bundleDependencies: ['onnxruntime-node'] });
  await bundleEngine(folder);
}

/**
 * ONNX Runtime travels inside of the package. Its own is installed by a script that fetches what only a GPU needs from somewhere else than the registry,
 * and fails behind a firewall; nothing that we could declare keeps npm from running it. The files are those of the registry, for every platform.
 */
async function bundleEngine(folder: string): Promise<void> {
  for (const name of ['onnxruntime-node', 'onnxruntime-common']) {
    const from = join(root, 'node_modules', name);
    const to = join(folder, 'node_modules', name);
    await cp(from, to, { recursive: true, dereference: true });
    const { scripts: _scripts, dependencies = {}, ...manifest } = await manifestIn(to);
    // The others are there for that script.
    const kept = Object.entries(dependencies).filter(([each]) => each === 'onnxruntime-common');
    await write(to, { ...manifest, dependencies: Object.fromEntries(kept) });
  }
}

interface Manifest {
  readonly version: string;
  readonly files: readonly string[];
  readonly scripts?: unknown;
  readonly devDependencies?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
}

async function manifestIn(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}

async function write(folder: string, manifest: object): Promise<void> {
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Writes the declarations of the entries and of what those name, and no others. */
async function writeTypes(out: string): Promise<void> {
  const made = await mkdtemp(join(tmpdir(), 'glimpse-types-'));
  try {
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const project = join(root, 'tsconfig.types.json');
    await run(process.execPath, [compiler, '-p', project, '--outDir', made], { cwd: root });
    const waiting = [...entries];
    const written = new Set<string>();
    for (let module = waiting.pop(); module !== undefined; module = waiting.pop()) {
      if (written.has(module)) continue;
      written.add(module);
      const text = await readFile(join(made, `${module}.d.ts`), 'utf8');
      const named = [...text.matchAll(/from '(\.[^']+)\.ts'/g)].map(([, path]) => path!);
      waiting.push(...named.map((path) => join(dirname(module), path)));
      const file = join(out, `${module}.d.ts`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text.replaceAll(/(from '\.[^']+)\.ts'/g, "$1.js'"));
    }
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}
