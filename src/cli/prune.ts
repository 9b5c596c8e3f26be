import { openRepository } from '../compose/open.ts';
import { readConfig } from '../config.ts';
import type { PrunedStep, PruneStep } from '../repository/deletions.ts';
import { defineCommand, print } from './command.ts';
import { count, flag, text } from './options.ts';
import { table } from './table.ts';

export const command = defineCommand({
  name: 'prune',
  description:
    'Removes from the repository (GLIMPSE_REPOSITORY) the files of what was deleted, once it cannot be taken back any more, and numbers of versions that were claimed and never published; of this machine’s cache the versions that are no longer there. With --keep it also deletes versions beyond the newest so many, as glimpse delete does.',
  options: {
    dryRun: flag('tell what would be done, and do nothing'),
    keep: count(
      'n',
      'delete all but the newest n versions of each model and those that labels or traffic rules name',
    ),
    model: text('name', 'only this model'),
    json: flag('for machines'),
  },
  async run({ dryRun, keep, model, json }) {
    const repository = openRepository(readConfig());
    try {
      const planned = await repository.deletions.planPrune({ keep, model });
      const steps: PrunedStep[] = dryRun ? planned : await repository.deletions.prune(planned);
      const kept = await repository.kept?.prune(await presentVersions(repository), { dryRun });
      const cached = (kept ?? []).map((folder): PruneStep => ({
        kind: 'cache',
        folder,
        bytes: 0,
        why: 'no longer in the repository',
      }));
      const all: PrunedStep[] = [...steps, ...cached];
      if (json) print(JSON.stringify({ dryRun, steps: all }, null, 2));
      else print(describe(all, dryRun));
      return all.some(({ left }) => left !== undefined) ? 1 : 0;
    } finally {
      await repository.close();
    }
  },
});

async function presentVersions(
  repository: Pick<ReturnType<typeof openRepository>, 'listAll'>,
): Promise<Set<string>> {
  const { models } = await repository.listAll();
  return new Set(
    models.flatMap(({ model, versions, deleted }) =>
      [...versions.map(({ version }) => version), ...deleted].map((one) => `${model}/${one}`),
    ),
  );
}

const words: Record<PruneStep['kind'], string> = {
  delete: 'delete',
  purge: 'remove',
  claim: 'remove claim',
  mark: 'remove mark',
  cache: 'remove from cache',
};

function describe(steps: readonly PrunedStep[], isDryRun: boolean): string {
  if (steps.length === 0) return 'There is nothing to prune.';
  const rows = steps.map(({ kind, folder, bytes, why, left }) => [
    words[kind],
    folder,
    bytes === 0 ? '' : `${(bytes / 1024).toFixed(0)} KiB`,
    left === undefined ? why : `left: ${left}`,
  ]);
  const note = isDryRun ? '\nNothing was done: that was a dry run.' : '';
  return `${table(['what', 'where', 'size', 'why'], rows)}${note}`;
}
