/**
 * `node keep-runtime.mjs <folder>`: leaves in node_modules of an installed and built program what it loads while it runs: the packages beside its
 * bundles with all they need, for this platform. Everything else is in the bundles, or is read by people and compilers. Licences stay.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { externalPackages } from '../external-packages.mjs';

/** Files that no running program reads. */
const forPeople = /\.(map|d\.[cm]?ts|tsbuildinfo|flow|md|markdown|ts|tsx)$/i;
/** The same modules again, for bundlers and for types. */
const forBundlers = new Set(['dist-es', 'dist-types', '@types']);

/** The folder of a package as Node finds it from another one; undefined where it is not installed. */
function find(name, from) {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (at === dirname(at)) return undefined;
  }
}

/** The folders of packages and of everything they need. */
function closureOf(names, root) {
  const kept = new Set();
  const visit = (name, from) => {
    const folder = find(name, from);
    if (folder === undefined || kept.has(folder)) return;
    kept.add(folder);
    const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    );
    const needed = { ...dependencies, ...optionalDependencies, ...peerDependencies };
    for (const one of Object.keys(needed)) visit(one, folder);
  };
  for (const name of names) visit(name, root);
  return kept;
}

/** The folders of all packages in a node_modules, those of scopes and those inside of others too. */
function packagesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .flatMap(({ name }) =>
      name.startsWith('@')
        ? readdirSync(join(folder, name)).map((inner) => join(folder, name, inner))
        : [join(folder, name)],
    )
    .flatMap((path) => [path, ...packagesIn(join(path, 'node_modules'))]);
}

/** Removes what is not loaded; gives how many packages stay. */
export function keepRuntime(root) {
  const modules = join(root, 'node_modules');
  const kept = closureOf(externalPackages, realpathSync(root));
  const isAround = (folder) => [...kept].some((one) => one.startsWith(`${folder}/`));
  for (const folder of packagesIn(modules)) {
    if (!kept.has(folder) && !isAround(folder)) rmSync(folder, { recursive: true, force: true });
  }
  for (const entry of readdirSync(modules, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const isLicence = /^(licen[cs]e|notice|copying)/i.test(entry.name);
    if (
      entry.isDirectory() ? forBundlers.has(entry.name) : forPeople.test(entry.name) && !isLicence
    ) {
      rmSync(path, { recursive: true, force: true });
    }
  }
  for (const empty of ['.bin', '.package-lock.json']) {
    rmSync(join(modules, empty), { recursive: true, force: true });
  }
  keepPlatform(join(modules, 'onnxruntime-node', 'bin'));
  return kept.size;
}

/** ONNX Runtime carries five platforms in one package. */
function keepPlatform(bin) {
  for (const version of readdirSync(bin)) {
    for (const platform of readdirSync(join(bin, version))) {
      const folder = join(bin, version, platform);
      if (platform !== process.platform) rmSync(folder, { recursive: true });
      else {
        for (const arch of readdirSync(folder)) {
          if (arch !== process.arch) rmSync(join(folder, arch), { recursive: true });
        }
      }
    }
  }
}

const [, script, folder] = process.argv;
if (script === import.meta.filename && folder !== undefined) {
  if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no folder.`);
  console.log(
    `${keepRuntime(folder)} packages stay in ${relative('.', join(folder, 'node_modules'))}`,
  );
}
