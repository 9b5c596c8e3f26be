export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** As package.json of the package says it, an SPDX expression. */
  readonly licence: string;
  /** Installed on some systems only. */
  readonly isOptional: boolean;
}

/**
 * Licences that code we ship may be under. LGPL is that of libvips, a library of its own that sharp loads, which anybody may
 * replace by another build of it.
 */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
]);
const allowedFor: Readonly<Record<string, RegExp>> = { 'LGPL-3.0-or-later': /^@img\/sharp-/ };

/** What `npm ci --omit=dev` may install on some system, in the order of names and versions. */
export function packagesOf(lock: object): LockedPackage[] {
  const entries =
    'packages' in lock ? Object.entries(lock.packages as Record<string, LockEntry>) : [];
  const found = entries
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { version, license, optional }]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      licence: license ?? 'none',
      isOptional: optional === true,
    }));
  const byKey = new Map(found.map((one) => [`${one.name} ${one.version}`, one]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

interface LockEntry {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

/** Packages that may not be shipped: one of the licences they are under, or every one they may be taken under, is not listed. */
export function refusedLicences(packages: readonly LockedPackage[]): LockedPackage[] {
  return packages.filter(({ name, licence }) => {
    const isAllowed = (one: string): boolean =>
      allowed.has(one) || allowedFor[one]?.test(name) === true;
    const words = licence.replaceAll(/[()]/g, '').trim();
    if (words.includes(' OR ') && words.includes(' AND ')) return true;
    return words.includes(' OR ')
      ? !words.split(' OR ').some(isAllowed)
      : !words.split(' AND ').every(isAllowed);
  });
}

/** The page that lists them. */
export function licencesPage(packages: readonly LockedPackage[]): string {
  const rows = packages.map(
    ({ name, version, licence, isOptional }) =>
      `| \`${name}\` | ${version} | ${licence} | ${isOptional ? 'on some systems' : 'always'} |`,
  );
  return [
    '# Licences of what is shipped',
    '',
    'Every package that `npm ci --omit=dev` may install, from `package-lock.json`. Written by `npm run licences`, which',
    'refuses licences that are not on its list; their texts are in the packages.',
    '',
    '| package | version | licence | installed |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
