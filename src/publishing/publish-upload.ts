import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../cli/command.ts';
import type { Config } from '../config.ts';
import { errors } from '../errors.ts';
import { isRecord } from '../json.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import {
  uploadParts,
  type PublishContext,
  type PublishUpload,
  type ResolvedPublishRequest,
} from '../jobs/publishing/publish-request.ts';
import { parseManifest } from '../repository/manifest-check.ts';
import { sha256OfFile } from '../repository/digest.ts';
import type { Repository, VersionDraft } from '../repository/repository.ts';
import { createStopwatch } from '../stopwatch.ts';
import { releaseOutcome } from '../training/events.ts';
import { gateOf } from '../training/quantising/quantisation-gate.ts';
import { sentCalibration } from './sent-calibration.ts';
import { layOutUpload, type LaidOut } from './lay-out-upload.ts';
import { examine, prepareVersion, type VersionFacts } from './prepare-version.ts';
import { releaseDraft } from './release-draft.ts';

export interface PublishUploadParts {
  readonly repository: Repository;
  readonly images: ImagePreparer;
  readonly config: Config;
}

/** Publishes uploads by the code of `glimpse publish`. */
export function bindPublishUpload(parts: PublishUploadParts): PublishUpload {
  return async (request, context) => {
    const lap = createStopwatch();
    const { repository, config } = parts;
    const { job, signal, report } = context;
    report({ type: 'stage', stage: 'examining' });
    const { draft, entry, folder, notes } = await inWordsOfTheRequest(context.jobDir, () =>
      prepareUpload(request, context, parts),
    );
    const examined = lap();
    signal.throwIfAborted();
    report({ type: 'stage', stage: 'publishing' });
    const place = { ...parts, repository, config, folder, entry, job, signal };
    const { manifest, record, note } = await releaseDraft(draft, place);
    return {
      version: manifest.version,
      release: releaseOutcome(record),
      notes: [...notes, ...(note === undefined ? [] : [note])],
      timings: { examine: examined, publish: lap() },
    };
  };
}

interface PreparedUpload {
  readonly draft: VersionDraft;
  readonly entry: string;
  readonly folder: string;
  readonly notes: readonly string[];
}

async function prepareUpload(
  request: ResolvedPublishRequest,
  { uploads, jobDir }: PublishContext,
  { images, config }: PublishUploadParts,
): Promise<PreparedUpload> {
  const folder = join(jobDir, 'version');
  const limits = {
    maxEntries: mostFiles,
    maxBytes: config.GLIMPSE_MAX_ARTIFACT_BYTES,
    maxRatio: config.GLIMPSE_MAX_ARCHIVE_RATIO,
  };
  const laidOut = await layOutUpload(uploads, join(jobDir, 'upload'), limits);
  const { quantise } = request;
  if ('manifest' in laidOut) {
    if (quantise) {
      throw new errors.GLIMPSE_NOT_QUANTISABLE('it is a version, and is published as it is');
    }
    const draft = await draftOfVersion(request, laidOut);
    const entry = laidOut.files.get(draft.entry)!;
    await examine(draft, entry, { images, config });
    return { draft, entry, folder: jobDir, notes: [] };
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const facts = await factsOf(request, { uploads, jobDir, source: laidOut.name });
  const examples = uploads.filter(({ part }) => part === uploadParts.calibration);
  const { draft, explored, taken, entry } = await prepareVersion(
    laidOut.model,
    facts,
    { folder, images, config },
    quantise && {
      calibration: await sentCalibration(
        examples,
        quantise.dataset,
        join(jobDir, 'calibration'),
        limits,
      ),
      gate: gateOf(quantise),
    },
  );
  const notes = [...taken.notes, ...explored.notes, ...explored.golden.notes].map((note) =>
    note.replace(/^(\w+) +/, '$1: '),
  );
  return { draft, entry, folder, notes };
}

/** A version has no more files than this. */
const mostFiles = 10_000;

/** What the request says, in the words of the command: lists and objects become files and JSON. */
async function factsOf(
  request: ResolvedPublishRequest,
  { uploads, jobDir, source }: Pick<PublishContext, 'uploads' | 'jobDir'> & { source: string },
): Promise<VersionFacts> {
  const { classes, preprocessing } = request;
  const classesFile = join(jobDir, 'classes.json');
  if (classes) await writeFile(classesFile, JSON.stringify(classes));
  const golden = uploads.flatMap(({ part, file }) => {
    const label = uploadParts.golden.exec(part)?.groups;
    if (!label) return [];
    return [label['label'] === undefined ? file : `${label['label']}=${file}`];
  });
  return {
    model: request.model,
    label: request.label,
    minScore: request.minScore,
    source: request.source ?? source,
    classes: undefined,
    classesFile: classes && classesFile,
    preprocessing: preprocessing && JSON.stringify(preprocessing),
    reference: undefined,
    tolerance: undefined,
    shape: request.shape,
    layout: request.layout,
    width: undefined,
    height: undefined,
    output: request.output,
    outputKind: request.outputKind,
    golden,
  };
}

/** A version as another repository has it, under the next number of this one. */
async function draftOfVersion(
  { model, label, source }: ResolvedPublishRequest,
  { manifest: file, files: sent }: Extract<LaidOut, { manifest: string }>,
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
  const { runtime, entry, signature, preprocessing, gate, golden, lineage } = manifest;
  const { metrics, baseline, quantisation } = manifest;
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
    ...(label !== undefined && { label }),
  };
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

/** The command speaks of its options, which are fields here, and of files of this machine. */
async function inWordsOfTheRequest<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const sentence = error.message
      .replaceAll(`${folder}/`, '')
      .replaceAll(/--([a-z]+(?:-[a-z]+)*)/g, (_, flag: string) =>
        flag.replaceAll(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
      );
    throw new errors.GLIMPSE_MODEL_UNCLEAR(sentence);
  }
}
