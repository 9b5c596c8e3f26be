import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(root, '.ci', 'run'), 'utf8');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

describe('.ci/run', () => {
  it('can be executed as it is', () => {
    expect(statSync(join(root, '.ci', 'run')).mode & 0o111).toBe(0o111);
    expect(text.startsWith('#!/usr/bin/env bash\n')).toBe(true);
  });

  it('runs only scripts that package.json has', () => {
    const names = [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('checks everything that `npm run check` checks', () => {
    const checks = [...scripts['check']!.matchAll(/npm (?:run )?([\w:-]+)/g)].map(
      ([, name]) => name!,
    );
    expect(checks.filter((name) => !new RegExp(`npm (run --silent )?${name}`).test(text))).toEqual(
      [],
    );
  });

  it('installs the lock file before anything else', () => {
    expect(text).toContain("if step 'npm ci' quietly npm ci; then");
  });
});
