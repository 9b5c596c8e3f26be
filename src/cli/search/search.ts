import { readConfig } from '../../config.ts';
import type { SearchEvent, SearchTrial } from '../../training/searching/search-events.ts';
import { defineCommand, print, printAside } from '../command.ts';
import { acceptSearchHere, searchHere } from './search-here.ts';
import { searchOptions, searchRequestOf } from './search-options.ts';
import { describeOutcome } from '../train/outcome-in-words.ts';
import { trainArguments } from '../train/train-options.ts';
import { commandLine, quote } from '../words/quote.ts';
import { createTrainProgress, percent } from '../train/train-progress.ts';

export const command = defineCommand({
  name: 'search',
  description:
    'Trains a model with other hyperparameters each time, compares them on the validation examples, and publishes a training by the best ones. All options of glimpse train say what trials have in common.',
  arguments: trainArguments,
  options: searchOptions,
  async run(given, words) {
    const config = readConfig();
    const { request, notes } = await acceptSearchHere(config, searchRequestOf(given));
    for (const note of notes) printAside(note);
    const progress = createTrainProgress(request.epochs, process.stderr);
    const { search, trained } = await searchHere(config, request, {
      report: show,
      train: {
        report: progress.show,
        onKept: (folder) =>
          printAside(`To publish the net later: glimpse train --publish ${quote(folder)}`),
        command: commandLine(words),
      },
    }).finally(() => progress.close());
    if (given.json) {
      print(JSON.stringify({ ...search, ...(trained && { trained }) }, null, 2));
      return 0;
    }
    const { winner } = search;
    print(`trial ${winner.trial} is the best: ${valuesOf(winner)}`);
    print(
      `validation accuracy ${percent(winner.accuracy ?? 0)}, loss ${(winner.loss ?? 0).toFixed(4)}: it was chosen by these, so they are too good`,
    );
    if (trained) print(describeOutcome(trained, config, notes));
    return 0;
  },
});

/** A line for every trial that has ended. */
function show(event: SearchEvent): void {
  if (event.type === 'note') printAside(event.note);
  if (event.type !== 'trial' || event.trial.state === 'running') return;
  const { trial, epochs, state, accuracy, loss, seconds = 0, reason = state } = event.trial;
  const figures =
    accuracy === undefined
      ? reason
      : `validation ${percent(accuracy)}  loss ${(loss ?? 0).toFixed(4)}`;
  printAside(
    `trial ${trial}  ${epochs} epochs  ${figures}  ${seconds.toFixed(1)} s  ${valuesOf(event.trial)}`,
  );
}

function valuesOf({ parameters }: Pick<SearchTrial, 'parameters'>): string {
  const values = Object.entries(parameters);
  return values
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
