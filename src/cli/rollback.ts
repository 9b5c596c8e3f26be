import { readConfig } from '../config.ts';
import { openRepository } from '../compose/open.ts';
import { jobOrTerminal } from '../repository/history/actor.ts';
import { rollBack, type Rollback } from '../repository/roll-back.ts';
import { defineCommand, print } from './command.ts';
import { flag, required, text, textOr } from './options.ts';

export const command = defineCommand({
  name: 'rollback',
  description:
    'Takes the last step of a release in the repository (GLIMPSE_REPOSITORY) back: ends a split or canary of production, else moves the label to the version it pointed at before. Servers follow with their next poll.',
  arguments: { model: required('the model') },
  options: {
    label: textOr('production', 'label', 'the label to be moved back'),
    reason: text('text', 'why, for the history of the model'),
    json: flag('for machines'),
  },
  async run({ model, label, reason: why, json }) {
    const repository = openRepository(readConfig());
    try {
      const cause = { by: jobOrTerminal(), why };
      const done = await rollBack(repository, model, { label, cause });
      const { endedTraffic, from, to } = done;
      const facts = { model, label, endedTraffic, from, to };
      print(json ? JSON.stringify(facts, null, 2) : describe(done, model, label));
    } finally {
      await repository.close();
    }
    return 0;
  },
});

function describe({ endedTraffic, from, to }: Rollback, model: string, label: string): string {
  if (endedTraffic)
    return `Version ${to} of ${model} answers everybody; nothing is split any more.`;
  return `The label ${label} of ${model} points at version ${to} again, and no longer at ${from}.`;
}
