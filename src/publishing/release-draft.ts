import { openDatasets } from '../compose/open.ts';
import { bindLoadRuntime, openTrust } from '../compose/runtimes.ts';
import type { Config } from '../config.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import { jobOrTerminal } from '../repository/history/actor.ts';
import type { Manifest } from '../repository/manifest.ts';
import { productionLabel } from '../repository/names.ts';
import type { Repository, VersionDraft } from '../repository/repository.ts';
import { BLOCK_SIZE } from '../training/examples/batches.ts';
import { inferWith } from '../training/measuring/open-version.ts';
import { carryOut, pinPresent, type Release } from '../training/releasing/carry-out.ts';
import { findPublished } from '../training/publish.ts';
import { withReference } from '../training/releasing/reference.ts';
import { judgeRelease } from '../training/releasing/judge.ts';
import { judgeAsked, type Judgement } from '../training/releasing/judgement.ts';

export interface ReleasePlace {
  readonly repository: Repository;
  readonly images: ImagePreparer;
  readonly config: Config;
  /** A folder of the command's own, in which the files of the draft lie beside `entry`. */
  readonly folder: string;
  readonly entry: string;
  /** The job that publishes; undefined for a command. */
  readonly job?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Publishes a draft that was trained elsewhere, and gives it the label production when it may have it. */
export async function releaseDraft(
  draft: VersionDraft,
  place: ReleasePlace,
): Promise<Release & { readonly manifest: Manifest }> {
  const { repository, job, signal = new AbortController().signal } = place;
  const context = { repository, signal, ...(job !== undefined && { job }) };
  const judgement =
    draft.label === productionLabel
      ? await judgeAsked(draft.model, context)
      : await judgeDraft(draft, place, signal);
  const by = jobOrTerminal(job);
  await pinPresent(repository, draft.model, judgement.present, by, signal);
  const said = { ...draft.lineage, ...(job !== undefined && { job }) };
  const lineage = withReference(said, judgement.present?.manifest);
  const manifest =
    (await findPublished(repository, draft.model, job, signal)) ??
    (await repository.publish({ ...draft, lineage, cause: { by } }, signal));
  return { manifest, ...(await carryOut(repository, manifest, judgement, by, signal)) };
}

async function judgeDraft(
  { model, runtime: kind, signature, preprocessing, gate }: VersionDraft,
  { repository, images, config, folder, entry, job }: ReleasePlace,
  signal: AbortSignal,
): Promise<Judgement> {
  const loadRuntime = bindLoadRuntime(config);
  const opening = { model, version: 0, runtime: kind, signature, file: entry, isTrusted: false };
  const runtime = await loadRuntime({ ...opening, maxBatchSize: BLOCK_SIZE, signal });
  try {
    return await judgeRelease(
      model,
      undefined,
      {
        infer: inferWith(runtime, signature),
        entry: { runtime: kind, file: async () => entry },
        isTrusted: false,
        signature,
        preprocessing,
        learnt: 'unknown',
        heldOut: undefined,
        measuredOn: 'nothing here',
        servedAccuracy: undefined,
        maxError: gate?.maxError,
      },
      {
        repository,
        images,
        loadRuntime,
        trust: openTrust(config),
        datasets: openDatasets(config, images, 'anywhere'),
        jobDir: folder,
        ...(job !== undefined && { job }),
        signal,
      },
    );
  } finally {
    await runtime.close();
  }
}
