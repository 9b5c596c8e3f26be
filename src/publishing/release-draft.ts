import { openDatasets } from '../compose/open.ts';
import { bindLoadRuntime, openTrust } from '../compose/runtimes.ts';
import type { Config } from '../config.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import { jobOrTerminal } from '../repository/history/actor.ts';
import type { Manifest } from '../repository/manifest.ts';
import { productionLabel } from '../repository/names.ts';
import type { Repository, VersionDraft } from '../repository/repository.ts';
import { BLOCK_SIZE } from '../training/measuring/evaluate.ts';
import { inferWith } from '../training/measuring/open-version.ts';
import { carryOut, pinPresent, type Release } from '../training/releasing/carry-out.ts';
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
}

/** Publishes a draft that was trained elsewhere, and gives it the label production when it may have it. */
export async function releaseDraft(
  draft: VersionDraft,
  place: ReleasePlace,
): Promise<Release & { readonly manifest: Manifest }> {
  const { repository } = place;
  const { signal } = new AbortController();
  const judgement =
    draft.label === productionLabel
      ? await judgeAsked(draft.model, { repository, signal })
      : await judgeDraft(draft, place, signal);
  const by = jobOrTerminal();
  await pinPresent(repository, draft.model, judgement.present, by, signal);
  const lineage = withReference(draft.lineage, judgement.present?.manifest);
  const manifest = await repository.publish({ ...draft, lineage, cause: { by } }, signal);
  return { manifest, ...(await carryOut(repository, manifest, judgement, by, signal)) };
}

async function judgeDraft(
  { model, runtime: kind, signature, preprocessing }: VersionDraft,
  { repository, images, config, folder, entry }: ReleasePlace,
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
      },
      {
        repository,
        images,
        loadRuntime,
        trust: openTrust(config),
        datasets: openDatasets(config, images, 'anywhere'),
        jobDir: folder,
        signal,
      },
    );
  } finally {
    await runtime.close();
  }
}
