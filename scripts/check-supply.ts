import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../src/package.ts';
import {
  shippedMaterials,
  signatureProblems,
  unexcused,
  unlisted,
  type Excuse,
} from './supply/audit.ts';
import { packagesOf } from './supply/licences.ts';

/**
 * `npm run check:supply`: are the installed packages those that the registry signed, is a weakness of one of them known,
 * and what is shipped at all (a bill of materials, .glimpse/sbom.cdx.json). What the registry does not answer is said loudly
 * and fails nothing.
 */
const longestMs = 45_000;

/** What an npm command prints as JSON; undefined when it does not, because the registry does not answer. */
function npm(...args: string[]): object | undefined {
  const { stdout } = spawnSync('npm', [...args, '--json', '--fetch-retries=0'], {
    cwd: packageRoot,
    encoding: 'utf8',
    timeout: longestMs,
    maxBuffer: 64 * 1024 * 1024,
  });
  try {
    const value: unknown = JSON.parse(stdout);
    return typeof value === 'object' && value !== null && !('error' in value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function report(name: string, problems: readonly string[] | undefined, passed: string): void {
  if (problems === undefined)
    console.log(`=== SKIPPED ${name}: the registry does not answer that ===`);
  else
    console.log(
      [`${name}: ${problems.length === 0 ? passed : 'FAILED'}`, ...problems].join('\n  '),
    );
  if (problems !== undefined && problems.length > 0) process.exitCode = 1;
}

const excuses = JSON.parse(
  await readFile(join(import.meta.dirname, 'supply', 'excused-advisories.json'), 'utf8'),
) as Excuse[];
report(
  'signatures of the registry',
  signatureProblems(npm('audit', 'signatures')),
  'every package is as it was signed',
);
report(
  'known weaknesses',
  unexcused(npm('audit', '--omit=dev'), excuses),
  'none that is not excused with a reason',
);

const lock = JSON.parse(await readFile(join(packageRoot, 'package-lock.json'), 'utf8')) as object;
const packages = packagesOf(lock);
// With --omit=dev npm leaves out what we ship and develop with.
const all = npm('sbom', '--package-lock-only', '--sbom-format', 'cyclonedx');
const materials = all && shippedMaterials(all, packages);
report(
  'bill of materials',
  materials && unlisted(materials, packages),
  '.glimpse/sbom.cdx.json names every package that is shipped',
);
await mkdir(join(packageRoot, '.glimpse'), { recursive: true });
await writeFile(
  join(packageRoot, '.glimpse', 'sbom.cdx.json'),
  JSON.stringify(materials ?? {}, undefined, 2),
);
