import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

interface Package {
  readonly workspaces?: unknown;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

const ours = JSON.parse(read('package.json')) as Package;
const cdk = JSON.parse(read('deploy/cdk/package.json')) as Package;
const lock = JSON.parse(read('deploy/cdk/package-lock.json')) as {
  packages: Record<string, { version?: string; integrity?: string }>;
};

describe('the package deploy/cdk', () => {
  it('is in nobody’s install: no workspace of ours, and none of its libraries is ours', () => {
    expect(ours).not.toHaveProperty('workspaces');
    const all = Object.keys({ ...ours.dependencies, ...ours.devDependencies });
    expect(all.filter((name) => name in cdk.dependencies)).toEqual([]);
  });

  it('has the tools that we have at the same versions, all of them exact', () => {
    for (const [name, version] of Object.entries({ ...cdk.dependencies, ...cdk.devDependencies })) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(lock.packages[`node_modules/${name}`]?.version).toBe(version);
      expect(ours.devDependencies[name] ?? version).toBe(version);
    }
  });

  it('runs no scripts of what it installs, and knows the digest of everything', () => {
    expect(read('deploy/cdk/.npmrc')).toMatch(/^ignore-scripts=true$/m);
    const installed = Object.entries(lock.packages).filter(([path]) => path !== '');
    // What another package carries inside has that one's digest.
    const without = installed.filter(
      ([path, { integrity }]) => !integrity && !/node_modules\/.+\/node_modules\//.test(path),
    );
    expect(without.map(([path]) => path)).toEqual([]);
  });
});
