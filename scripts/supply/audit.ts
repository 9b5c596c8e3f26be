import type { LockedPackage } from './licences.ts';

/** A known weakness that does not concern us, and why not. */
export interface Excuse {
  /** The address of the advisory, https://github.com/advisories/GHSA-... */
  readonly advisory: string;
  readonly reason: string;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listOf = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(isRecord) : [];

const signatures = (kind: string, value: unknown): string[] =>
  listOf(value).map(({ name, version }) => `${kind} signature: ${String(name)} ${String(version)}`);

/** Packages whose signature is wrong or missing, of `npm audit signatures --json`; undefined where it says nothing. */
export function signatureProblems(answer: object | undefined): string[] | undefined {
  if (!answer || !('invalid' in answer) || !('missing' in answer)) return undefined;
  return [...signatures('wrong', answer.invalid), ...signatures('no', answer.missing)];
}

/** Weaknesses in the answer of `npm audit --json` that have no excuse, and excuses that are not needed any more. */
export function unexcused(
  answer: object | undefined,
  excuses: readonly Excuse[],
): string[] | undefined {
  if (!answer || !('vulnerabilities' in answer) || !isRecord(answer.vulnerabilities))
    return undefined;
  const advisories = new Map(
    Object.values(answer.vulnerabilities)
      .filter(isRecord)
      // An entry that only names another package has its advisory there.
      .flatMap(({ via }) => listOf(via))
      .map(({ url, title, name }) => [
        String(url),
        `${String(name)}: ${String(title)} (${String(url)})`,
      ]),
  );
  const excused = new Set(
    excuses.filter(({ reason }) => reason.trim() !== '').map(({ advisory }) => advisory),
  );
  return [
    ...[...advisories].filter(([url]) => !excused.has(url)).map(([, text]) => text),
    ...[...excused]
      .filter((url) => !advisories.has(url))
      .map((url) => `strike out the excuse: ${url}`),
  ];
}

/** A bill of materials in CycloneDX without what is only developed with. */
export function shippedMaterials(materials: object, packages: readonly LockedPackage[]): object {
  const shipped = new Set(packages.map(({ name, version }) => `${name} ${version}`));
  const components = componentsOf(materials).filter((one) => shipped.has(nameOf(one)));
  const kept = new Set(components.map((one) => one['bom-ref']));
  const dependencies = listOf('dependencies' in materials ? materials.dependencies : [])
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn }) => ({
      ref,
      dependsOn: Array.isArray(dependsOn) ? dependsOn.filter((one) => kept.has(one)) : [],
    }));
  return { ...materials, components, dependencies };
}

/** Packages that a bill of materials does not name. */
export function unlisted(materials: object, packages: readonly LockedPackage[]): string[] {
  const named = new Set(componentsOf(materials).map(nameOf));
  return packages
    .map(({ name, version }) => `${name} ${version}`)
    .filter((one) => !named.has(one))
    .map((one) => `not named: ${one}`);
}

function componentsOf(materials: object): Record<string, unknown>[] {
  return 'components' in materials ? listOf(materials.components) : [];
}

function nameOf({ group, name, version }: Record<string, unknown>): string {
  return `${typeof group === 'string' && group !== '' ? `${group}/` : ''}${String(name)} ${String(version)}`;
}
