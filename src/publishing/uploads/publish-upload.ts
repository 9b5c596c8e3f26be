import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../cli/command.ts';
import type { Config } from '../../config.ts';
import { errors } from '../../errors.ts';
import type { ImagePreparer } from '../../image/prepare-image.ts';
import {
  uploadParts,
  type PublishContext,
  type PublishUpload,
  type ResolvedPublishRequest,
} from '../../jobs/publishing/publish-request.ts';
import type { Repository } from '../../repository/repository.ts';
import { createStopwatch } from '../../stopwatch.ts';
import { releaseOutcome } from '../../training/events.ts';
import { gateOf } from '../../training/quantising/quantisation-gate.ts';
import { sentCalibration } from './sent-calibration.ts';
import { layOutUpload } from './lay-out-upload.ts';
import { prepareVersion, type PreparedVersion, type VersionFacts } from '../prepare-version.ts';
import { releaseDraft } from '../release-draft.ts';
import { prepareSentVersion } from '../sent-version.ts';
import { archiveLimitsOf } from '../unpack-model.ts';

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

interface PreparedUpload extends PreparedVersion {
  readonly folder: string;
}

async function prepareUpload(
  request: ResolvedPublishRequest,
  { uploads, jobDir }: PublishContext,
  { images, config }: PublishUploadParts,
): Promise<PreparedUpload> {
  const folder = join(jobDir, 'version');
  const limits = archiveLimitsOf(config);
  const laidOut = await layOutUpload(uploads, join(jobDir, 'upload'), limits);
  const { quantise } = request;
  const facts = await factsOf(request, { uploads, jobDir });
  const place = { folder, images, config };
  if ('manifest' in laidOut) {
    const prepared = await prepareSentVersion(laidOut, facts, place, quantise);
    return { ...prepared, folder: jobDir };
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const examples = uploads.filter(({ part }) => part === uploadParts.calibration);
  const prepared = await prepareVersion(
    laidOut.model,
    { ...facts, source: facts.source ?? laidOut.name },
    place,
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
  const notes = prepared.notes.map((note) => note.replace(/^(\w+) +/, '$1: '));
  return { ...prepared, folder, notes };
}

/** What the request says, in the words of the command: lists and objects become files and JSON. */
async function factsOf(
  request: ResolvedPublishRequest,
  { uploads, jobDir }: Pick<PublishContext, 'uploads' | 'jobDir'>,
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
    source: request.source,
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
