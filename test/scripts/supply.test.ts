import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  shippedMaterials,
  signatureProblems,
  unexcused,
  unlisted,
} from '../../scripts/supply/audit.ts';
import { licencesPage, packagesOf, refusedLicences } from '../../scripts/supply/licences.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string) => readFile(join(root, file), 'utf8');
const aPackage = (name: string, licence: string) => ({
  name,
  version: '1.0.0',
  licence,
  isOptional: false,
});

const named = (group: string, name: string) => ({
  'bom-ref': `${group}/${name}`,
  group,
  name,
  version: '1.0.0',
});

describe('the licences of what is shipped', () => {
  it('are all on the list, and the page is that of the lock file (npm run licences)', async () => {
    const packages = packagesOf(JSON.parse(await read('package-lock.json')) as object);
    expect(refusedLicences(packages)).toEqual([]);
    expect(await read('THIRD-PARTY-LICENSES.md')).toBe(licencesPage(packages));
    const { dependencies, devDependencies } = JSON.parse(await read('package.json')) as Record<
      string,
      Record<string, string>
    >;
    const names = packages.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies!)));
    expect(names).not.toContain('vitest');
    expect(Object.keys(devDependencies!)).toContain('vitest');
  });

  it('are refused where one is unknown, missing, or allowed for others only', () => {
    const refused = [
      aPackage('a', 'GPL-3.0-only'),
      aPackage('b', 'MIT AND AGPL-3.0-only'),
      aPackage('c', 'none'),
      aPackage('d', 'LGPL-3.0-or-later'),
      aPackage('e', '(GPL-2.0-only OR SSPL-1.0)'),
    ];
    const taken = [
      aPackage('f', '(MIT OR GPL-3.0-only)'),
      aPackage('@img/sharp-libvips-linux-x64', 'LGPL-3.0-or-later'),
    ];
    expect(refusedLicences([...refused, ...taken])).toEqual(refused);
  });
});

describe('what npm says of the packages', () => {
  const url = 'https://github.com/advisories/GHSA-1';
  const answer = {
    vulnerabilities: {
      sharp: { via: [{ name: 'sharp', title: 'a heap overflow', url }] },
      // Only because of the other one.
      glimpse: { via: ['sharp'] },
    },
  };

  it('fails for a known weakness, unless it is excused with a reason', () => {
    expect(unexcused(answer, [])).toEqual([`sharp: a heap overflow (${url})`]);
    expect(unexcused(answer, [{ advisory: url, reason: ' ' }])).toHaveLength(1);
    expect(unexcused(answer, [{ advisory: url, reason: 'we decode no such files' }])).toEqual([]);
  });

  it('fails for an excuse that is not needed any more', () => {
    expect(unexcused({ vulnerabilities: {} }, [{ advisory: url, reason: 'old' }])).toEqual([
      `strike out the excuse: ${url}`,
    ]);
  });

  it('fails for a wrong signature and for a missing one, and says nothing where npm says nothing', () => {
    const one = { name: 'pino', version: '1.0.0' };
    expect(signatureProblems({ invalid: [one], missing: [] })).toEqual([
      'wrong signature: pino 1.0.0',
    ]);
    expect(signatureProblems({ invalid: [], missing: [one] })).toEqual([
      'no signature: pino 1.0.0',
    ]);
    expect(signatureProblems(undefined)).toBeUndefined();
    expect(unexcused({ message: 'not here' }, [])).toBeUndefined();
  });

  it('lists in the bill of materials what is shipped, and notices what is not in it', () => {
    const materials = {
      components: [named('', 'pino'), named('@img', 'sharp-linux-x64'), named('', 'vitest')],
      dependencies: [{ ref: '/pino', dependsOn: ['/vitest', '@img/sharp-linux-x64'] }],
    };
    const packages = [aPackage('pino', 'MIT'), aPackage('@img/sharp-linux-x64', 'MIT')];
    const shipped = shippedMaterials(materials, packages);
    expect(shipped).toEqual({
      components: materials.components.slice(0, 2),
      dependencies: [{ ref: '/pino', dependsOn: ['@img/sharp-linux-x64'] }],
    });
    expect(unlisted(shipped, [...packages, aPackage('sharp', 'MIT')])).toEqual([
      'not named: sharp 1.0.0',
    ]);
  });
});
