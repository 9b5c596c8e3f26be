#!/usr/bin/env node
import type { ListedCommand } from './cli/program.ts';
import { keepCompiledCode } from './compose/compile-cache.ts';

/** Every command, loaded when it is asked for. */
const commands: Readonly<Record<string, ListedCommand>> = {
  serve: {
    summary: 'start the server',
    load: () => import('./cli/serve.ts'),
  },
  worker: {
    summary: 'work on the jobs of servers elsewhere',
    load: () => import('./cli/worker.ts'),
  },
  models: {
    summary: 'list models and versions',
    load: () => import('./cli/models.ts'),
  },
  history: {
    summary: 'tell what changed about a model, by whom and why',
    load: () => import('./cli/history.ts'),
  },
  rollback: {
    summary: 'take the last step of a release back',
    load: () => import('./cli/rollback.ts'),
  },
  delete: {
    summary: 'delete a version, a model or a dataset, to be taken back for some time',
    load: () => import('./cli/delete.ts'),
  },
  restore: {
    summary: 'take back what was deleted',
    load: () => import('./cli/restore.ts'),
  },
  prune: {
    summary: 'remove for good what was deleted, and what nobody needs',
    load: () => import('./cli/prune.ts'),
  },
  predict: {
    summary: 'classify images, here or by asking a server',
    load: () => import('./cli/predict.ts'),
  },
  publish: {
    summary: 'publish a model trained elsewhere as a new version',
    load: () => import('./cli/publish.ts'),
  },
  adopt: {
    summary: 'publish such a model by labelled images, which tell how it is to be used',
    load: () => import('./cli/adopt.ts'),
  },
  export: {
    summary: 'write a version as ONNX, for TensorFlow.js, for Keras, or with all its files',
    load: () => import('./cli/export.ts'),
  },
  parity: {
    summary: 'find out how images were prepared for an ONNX model',
    load: () => import('./cli/parity.ts'),
  },
  evaluate: {
    summary: 'measure a version on labelled examples',
    load: () => import('./cli/evaluate.ts'),
  },
  train: {
    summary: 'train a model and publish it as the next version',
    load: () => import('./cli/train.ts'),
  },
  search: {
    summary: 'search for good hyperparameters, and train by the best',
    load: () => import('./cli/search/search.ts'),
  },
  feedback: {
    summary: 'make a dataset of what predictions turned out to be',
    load: () => import('./cli/feedback.ts'),
  },
  replay: {
    summary: 'ask a version about logged images, and show what changes',
    load: () => import('./cli/replay.ts'),
  },
  dataset: {
    summary: 'look at a dataset, clean and store it, list what is stored',
    load: () => import('./cli/dataset.ts'),
  },
  keys: {
    summary: 'make, list and revoke API keys',
    load: () => import('./cli/keys.ts'),
  },
  config: {
    summary: 'print every setting and what it means',
    load: () => import('./cli/config.ts'),
  },
  init: {
    summary: 'write a small project that answers with Glimpse',
    load: () => import('./cli/init/init.ts'),
  },
  doctor: {
    summary: 'examine the place where model versions are kept',
    load: () => import('./cli/doctor.ts'),
  },
};

keepCompiledCode();
if (process.argv[2] === 'serve') {
  // The same server: it has files of its own, and needs nothing of the other commands.
  await import('./main.ts');
} else {
  const { runProgram } = await import('./cli/program.ts');
  process.exitCode = await runProgram(process.argv.slice(2), commands);
}
