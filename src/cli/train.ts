import { rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { readConfig, type Config } from '../config.ts';
import { publishKept } from '../training/run.ts';
import { readFinishedNet } from '../training/finished-net.ts';
import { defineCommand, print, printAside, UsageError } from './command.ts';
import { describeOutcome } from './train/outcome-in-words.ts';
import { acceptHere, finishedRoot, inWorkshop, trainHere } from './train/run-here.ts';
import { isSageMakerJob } from './train/sagemaker-job.ts';
import { trainForSageMaker } from './train/sagemaker-train.ts';
import { commandLine, quote } from './words/quote.ts';
import { trainArguments, trainOptions, trainRequestOf } from './train/train-options.ts';
import { createTrainProgress } from './train/train-progress.ts';

export const command = defineCommand({
  name: 'train',
  description:
    'Trains a model on this machine and publishes it as the next version in the repository (GLIMPSE_REPOSITORY). Without anything: the founding example, on the first 1000 digits of MNIST.',
  arguments: trainArguments,
  options: trainOptions,
  async run(given, words) {
    const config = readConfig();
    const [, ...said] = words;
    const base = config.GLIMPSE_SAGEMAKER_DIR;
    // SageMaker starts the container as `train`, and says all the rest in files.
    if (said.length === 0 && (await isSageMakerJob(base))) return await trainForSageMaker(base);
    if (given.publish !== undefined) return publishAgain(given.publish, config, given.json);
    const { request: accepted, notes } = await acceptHere(config, trainRequestOf(given));
    const progress = createTrainProgress(accepted.epochs, process.stderr);
    for (const note of notes) progress.show({ type: 'note', note });
    const outcome = await trainHere(config, accepted, {
      command: commandLine(words),
      ...(given.golden !== undefined && { goldenDir: given.golden }),
      report: progress.show,
      onKept: (folder) =>
        printAside(`To publish the net later: glimpse train --publish ${quote(folder)}`),
    }).finally(() => progress.close());
    print(given.json ? JSON.stringify(outcome, null, 2) : describeOutcome(outcome, config, notes));
    return 0;
  },
});

/** Publishes the net that an earlier run has kept in a folder; nothing is trained again. */
async function publishAgain(folder: string, config: Config, asJson: boolean): Promise<number> {
  const finished = await readFinishedNet(folder);
  if (!finished) throw new UsageError(`There is no finished net in ${folder}.`);
  const report = createTrainProgress(finished.request.epochs, process.stderr).show;
  const outcome = await inWorkshop(config, { finishedDir: folder, report }, (context) =>
    publishKept(finished, context),
  );
  // What a server keeps for one of its jobs is the server's to remove.
  if (dirname(resolve(folder)) === finishedRoot(config)) await rm(folder, { recursive: true });
  print(asJson ? JSON.stringify(outcome, null, 2) : describeOutcome(outcome, config, []));
  return 0;
}
