import { openRepository } from '../compose/open.ts';
import { readConfig } from '../config.ts';
import { jobOrTerminal } from '../repository/history/actor.ts';
import { defineCommand, print } from './command.ts';
import { flag, required, text } from './options.ts';
import { subjectInWords, subjectOf } from './deletion/subject.ts';

export const command = defineCommand({
  name: 'delete',
  description:
    'Deletes a version, a model or a stored dataset of the repository (GLIMPSE_REPOSITORY). It can be taken back for GLIMPSE_DELETE_GRACE_MS (glimpse restore); then glimpse prune removes its files.',
  arguments: { what: required(subjectInWords) },
  options: {
    reason: text('words', 'why, for the history of the model'),
    json: flag('for machines'),
  },
  async run({ what, reason: why, json }) {
    const subject = subjectOf(what);
    const repository = openRepository(readConfig());
    try {
      const { deletions } = repository;
      const cause = { by: jobOrTerminal(), why };
      const { mark } = await ('dataset' in subject
        ? deletions.deleteDataset(subject.dataset, subject.digest)
        : subject.version === undefined
          ? deletions.deleteModel(subject.model, { cause })
          : deletions.deleteVersion(subject.model, subject.version, { cause }));
      if (json) print(JSON.stringify({ ...subject, ...mark }, null, 2));
      else
        print(`Deleted ${what}. It can be taken back until ${mark.until}: glimpse restore ${what}`);
    } finally {
      await repository.close();
    }
    return 0;
  },
});
