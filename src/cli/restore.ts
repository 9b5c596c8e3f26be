import { openRepository } from '../compose/open.ts';
import { readConfig } from '../config.ts';
import { jobOrTerminal } from '../repository/history/actor.ts';
import { defineCommand, print } from './command.ts';
import { required, text } from './options.ts';
import { subjectInWords, subjectOf } from './deletion/subject.ts';

export const command = defineCommand({
  name: 'restore',
  description:
    'Takes back the deletion of a version, a model or a stored dataset (by its whole digest), while its files are there.',
  arguments: { what: required(subjectInWords) },
  options: { reason: text('words', 'why, for the history of the model') },
  async run({ what, reason: why }) {
    const subject = subjectOf(what);
    const repository = openRepository(readConfig());
    try {
      const { deletions } = repository;
      const cause = { by: jobOrTerminal(), why };
      await ('dataset' in subject
        ? deletions.restoreDataset(subject.dataset, subject.digest)
        : subject.version === undefined
          ? deletions.restoreModel(subject.model, { cause })
          : deletions.restoreVersion(subject.model, subject.version, { cause }));
      print(`${what} is back.`);
    } finally {
      await repository.close();
    }
    return 0;
  },
});
