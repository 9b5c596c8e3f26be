import { readFile, rm } from 'node:fs/promises';
import { UsageError } from '../cli/command.ts';
import { errors } from '../errors.ts';
import { isRecord } from '../json.ts';
import { sha256OfFile } from '../repository/digest.ts';
import { readExamples } from '../repository/kept-examples.ts';
import type { Manifest } from '../repository/manifest.ts';
import { parseManifest } from '../repository/manifest-check.ts';
import type { VersionDraft } from '../repository/repository.ts';
import {
  examine,
  type PreparedVersion,
  type PreparePlace,
  type VersionFacts,
} from './prepare-version.ts';
import type { LaidOut } from './unpack-model.ts';

/** The files of a version with its manifest, as another repository had them. */
export type SentVersion = Extract<LaidOut, { readonly manifest: string }>;

/**
 * A version as another repository has it: every file must have the digest that its manifest names, and all of it is held to the
 * self-test of a server. Nothing of it can be said anew: UsageError for facts about a model, GLIMPSE_NOT_QUANTISABLE.
 */
export async function prepareSentVersion(
  sent: SentVersion,
  facts: VersionFacts,
  place: Omit<PreparePlace, 'folder'>,
  quantise?: unknown,
): Promise<PreparedVersion> {
  if (quantise !== undefined) {
    throw new errors.GLIMPSE_NOT_QUANTISABLE('it is a version, and is published as it is');
  }
  refuseSaid(facts);
  const draft = await draftOfVersion(facts, sent);
  const entry = sent.files.get(draft.entry)!;
  await examine(draft, entry, place);
  return { draft, entry, notes: [] };
}

/** What may be said of a model, and is in the manifest of a version. */
const inManifest = [
  'classes',
  'classesFile',
  'preprocessing',
  'reference',
  'tolerance',
  'shape',
  'layout',
  'width',
  'height',
  'output',
  'outputKind',
  'golden',
  'minScore',
] as const satisfies readonly (keyof VersionFacts)[];

function refuseSaid(facts: VersionFacts): void {
  const said = inManifest.filter((name) => [facts[name]].flat().some((one) => one !== undefined));
  if (said.length === 0) return;
  const options = said.map((name) => optionOf(name === 'classesFile' ? 'classes' : name));
  throw new UsageError(
    `The ZIP file holds a version with its manifest, which is published as it is: leave out ${options.join(', ')}.`,
  );
}

const optionOf = (field: string): string =>
  `--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** A version as another repository has it, under the next number of this one. */
async function draftOfVersion(
  { model, label, source }: Pick<VersionFacts, 'model' | 'label' | 'source'>,
  { manifest: file, files: sent }: SentVersion,
): Promise<VersionDraft> {
  const named = recordIn(await readFile(file, 'utf8'));
  // Its own name and number are those of where it comes from.
  const renumbered = Buffer.from(JSON.stringify({ ...named, model, version: 1 }));
  const manifest = parseManifest(renumbered, model, 1);
  const files = new Map<string, { readonly file: string }>();
  for (const { path, sha256 } of manifest.files) {
    const place = sent.get(path);
    if (place === undefined) throw new errors.GLIMPSE_FILE_MISSING(path);
    if ((await sha256OfFile(place)) !== sha256) throw new errors.GLIMPSE_CHECKSUM_MISMATCH(path);
    files.set(path, { file: place });
  }
  // What the version does not name must not be in its reach when it is tried.
  for (const [path, place] of sent) if (!files.has(path)) await rm(place);
  await checkExamples(manifest, files);
  const { runtime, entry, signature, preprocessing, gate, golden, lineage } = manifest;
  const { metrics, baseline, quantisation, keptExamples } = manifest;
  return {
    model,
    runtime,
    entry,
    signature,
    preprocessing,
    golden,
    metrics,
    files,
    lineage: { ...lineage, ...(source !== undefined && { source }) },
    ...(gate && { gate }),
    ...(baseline && { baseline }),
    ...(quantisation && { quantisation }),
    ...(keptExamples && { keptExamples }),
    ...(label !== undefined && { label }),
  };
}

/** GLIMPSE_MANIFEST_INVALID where the examples that a version says it keeps are not those in its file. */
async function checkExamples(
  { model, keptExamples, signature }: Manifest,
  files: ReadonlyMap<string, { readonly file: string }>,
): Promise<void> {
  if (!keptExamples) return;
  const bytes = await readFile(files.get(keptExamples.file)!.file);
  const found = readExamples(bytes, keptExamples, signature.classes.length);
  if ('fault' in found) throw new errors.GLIMPSE_MANIFEST_INVALID(model, found.fault);
}

/** What is no object becomes one without fields, which the check of manifests refuses by name. */
function recordIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
