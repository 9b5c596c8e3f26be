import { readConfig } from '../config.ts';
import { openRepository } from '../compose/open.ts';
import { errors } from '../errors.ts';
import { isRecord } from '../json.ts';
import type { HistoryEntry } from '../repository/history/history-entry.ts';
import { maxPageSize, usualPageSize } from '../repository/history/history-repository.ts';
import { defineCommand, print, printAside } from './command.ts';
import { flag, required, count } from './options.ts';
import { table } from './table.ts';

export const command = defineCommand({
  name: 'history',
  description:
    'Tells what changed about a model in the repository (GLIMPSE_REPOSITORY): labels, policies, traffic; who, when and why. Newest first.',
  arguments: { model: required('the model') },
  options: {
    limit: count('n', `how many entries, at most ${maxPageSize} (default: ${usualPageSize})`),
    before: count('number', 'only entries before this one'),
    json: flag('for machines'),
  },
  async run({ model, limit, before, json }) {
    const repository = openRepository(readConfig());
    try {
      const page = await repository.history.page(model, { limit, before });
      if (page.entries.length === 0 && (await repository.versions(model)).length === 0) {
        throw new errors.GLIMPSE_MODEL_NOT_FOUND(model);
      }
      if (json) print(JSON.stringify({ model, ...page }, null, 2));
      else print(describe(page.entries, model));
      if (!json && page.next !== undefined) {
        printAside(`There are older ones: glimpse history ${model} --before ${page.next}`);
      }
    } finally {
      await repository.close();
    }
    return 0;
  },
});

function describe(entries: readonly HistoryEntry[], model: string): string {
  if (entries.length === 0) return `Nothing has been recorded of ${model}.`;
  const rows = entries.map((entry) => [
    String(entry.number),
    entry.at.slice(0, 19).replace('T', ' '),
    entry.label === undefined ? entry.what : `${entry.what} ${entry.label}`,
    `${inShort(entry.from)} -> ${inShort(entry.to)}`,
    [entry.by.kind, entry.by.name ?? entry.by.id].filter((part) => part !== '').join(' '),
    entry.why ?? '',
  ]);
  return table(['number', 'when (UTC)', 'what', 'from -> to', 'who', 'why'], rows);
}

/** A version as its number, a canary by how far it is; of another document its beginning. */
function inShort(value: unknown): string {
  if (value === null || value === undefined) return '-';
  const canary = isRecord(value) ? value['canary'] : undefined;
  if (isRecord(canary)) return `version ${String(canary['version'])} ${String(canary['state'])}`;
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
