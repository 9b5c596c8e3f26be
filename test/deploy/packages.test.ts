import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface LockedPackage {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly link?: boolean;
  readonly optionalDependencies?: Record<string, string>;
}

const root = join(import.meta.dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
  'dependencies' | 'devDependencies',
  Record<string, string>
> & { readonly files: string[] };
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');

describe('package.json', () => {
  it('names every version exactly', () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('keeps vitest and its coverage at the same version', () => {
    const { vitest, '@vitest/coverage-v8': coverage } = manifest.devDependencies;
    expect(coverage).toBe(vitest);
  });
});

describe('the shipped model', () => {
  it('comes with its label production on version 2, beside version 1, in the package too', () => {
    expect(manifest.files).toEqual(
      expect.arrayContaining(['models/digits/1', 'models/digits/2', 'models/digits/labels.json']),
    );
    const labels: unknown = JSON.parse(
      readFileSync(join(root, 'models/digits/labels.json'), 'utf8'),
    );
    expect(labels).toMatchObject({ production: 2 });
  });
});

describe('package-lock.json', () => {
  it('has a checksum for every package', () => {
    expect(locked.filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
  });

  it('names no registry but the public one', () => {
    const addresses = locked.flatMap(([, { resolved }]) => resolved ?? []);
    expect(addresses.filter((url) => !url.startsWith('https://registry.npmjs.org/'))).toEqual([]);
  });

  it('has no holes: every platform’s package of a native tool is in it', () => {
    const present = new Set(locked.map(([path]) => path.replace(/^.*node_modules\//, '')));
    const wanted = locked.flatMap(([, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies),
    );
    expect(wanted.filter((name) => !present.has(name))).toEqual([]);
  });

  it('holds no install script but those that work switched off', () => {
    const scripted = locked
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    // esbuild only swaps a launcher for its binary; onnxruntime-node only fetches CUDA; protobufjs, that of gRPC, only warns; what
    // msgpackr-extract, of BullMQ, would build is there as JavaScript.
    expect(scripted.sort()).toEqual([
      'esbuild',
      'msgpackr-extract',
      'onnxruntime-node',
      'protobufjs',
    ]);
  });
});
