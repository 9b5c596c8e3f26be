import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../disk-errors.ts';
import { messageOf } from '../../errors.ts';
import { isRecord } from '../../json.ts';
import { nearest } from '../../nearest.ts';
import { UsageError, type Option } from '../command.ts';
import { withFallbacks } from '../options.ts';
import { trainOptions, trainRequestOf, type TrainGiven } from './train-options.ts';

/** A training job as SageMaker has laid it out in the files of its container. */
export interface SageMakerJob {
  /** As POST /train takes it. */
  readonly request: Record<string, unknown>;
  /** What was passed over, in words. */
  readonly notes: readonly string[];
}

/** Channels by what they are to a training; the first name of each is the one that is advised. */
const channelNames = {
  dataset: ['training', 'train'],
  evaluation: ['test', 'validation', 'evaluation'],
} as const;
type Role = keyof typeof channelNames;

/** Options of the command that are no hyperparameters: the platform decides about files, and about what is printed. */
const { request: _, publish: __, golden: ___, json: ____, ...hyperparameters } = trainOptions;

/** Whether SageMaker has put a training job there. */
export async function isSageMakerJob(base: string): Promise<boolean> {
  return await stat(join(base, 'input/config')).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** The job in `<base>/input`: hyperparameters, channels and hosts; UsageError for what cannot be meant or done. */
export async function readSageMakerJob(base: string): Promise<SageMakerJob> {
  const config = join(base, 'input/config');
  const hosts = (await readObject(config, 'resourceconfig.json'))['hosts'];
  if (Array.isArray(hosts) && hosts.length > 1) {
    throw new UsageError(
      `resourceconfig.json names ${hosts.length} hosts, and a training uses one: set the instance count to 1, and "workers" for its cores.`,
    );
  }
  const channels = await readObject(config, 'inputdataconfig.json');
  const { said, passedOver } = divide(await readObject(config, 'hyperparameters.json'));
  const { dataset, ...others } = said;
  const given = optionsOf(others);
  const data = await dataOf(base, channels, { dataset, evaluation: given.evaluation });
  return {
    request: trainRequestOf({ ...given, ...data }),
    notes:
      passedOver.length === 0
        ? []
        : [`Hyperparameters of SageMaker's own were passed over: ${passedOver.join(', ')}.`],
  };
}

/** The hyperparameters that were meant for us, by the names that options have here. */
function divide(given: Record<string, unknown>): {
  readonly said: Record<string, string>;
  readonly passedOver: readonly string[];
} {
  const said: Record<string, string> = {};
  const passedOver: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    // What its toolkits and its tuner add: sagemaker_program, _tuning_objective_metric.
    if (/^(sagemaker)?_/.test(name)) passedOver.push(name);
    else {
      const key = name.replaceAll(/[-_]([a-z])/g, (_all, letter: string) => letter.toUpperCase());
      if (Object.hasOwn(said, key))
        throw new UsageError(`The hyperparameter "${key}" is given twice.`);
      said[key] = textOf(value);
    }
  }
  return { said, passedOver };
}

/** The API has texts only; an estimator of a framework writes each as JSON. */
function textOf(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  if (!/^".*"$/s.test(value)) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}

/** The hyperparameters as the options of the same names would have been read from a command line. */
function optionsOf(said: Readonly<Record<string, string>>): TrainGiven {
  const options: Readonly<Record<string, Option<unknown>>> = hyperparameters;
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(said)) {
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (!option) throw unknownName('hyperparameter', name, ['dataset', ...Object.keys(options)]);
    given[name] =
      option.value === undefined ? switchOf(name, value) : readOption(name, option, value);
  }
  return { dataset: undefined, ...withFallbacks(trainOptions, given) };
}

function readOption(name: string, option: Option<unknown>, value: string): unknown {
  try {
    return option.read ? option.read(value, undefined) : value;
  } catch (error) {
    throw new UsageError(`The hyperparameter "${name}" ${messageOf(error)}`, { cause: error });
  }
}

function switchOf(name: string, value: string): boolean {
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  throw new UsageError(`The hyperparameter "${name}" takes true or false, not "${value}".`);
}

/** What is learnt from and what is measured on: the channels, or what hyperparameters name. */
async function dataOf(
  base: string,
  channels: Readonly<Record<string, unknown>>,
  named: Pick<TrainGiven, Role>,
): Promise<Pick<TrainGiven, Role>> {
  const known = Object.values(channelNames).flat();
  for (const name of Object.keys(channels)) {
    if (!known.some((one) => one === name)) throw unknownName('channel', name, known);
  }
  const dataset = await onePlace(base, channels, 'dataset', named.dataset);
  // Never the samples that POST /train falls back to: who starts a job here has data of their own.
  if (dataset === undefined) {
    throw new UsageError(
      'There is nothing to learn from: give the job a channel "training", or a hyperparameter "dataset" (s3://bucket/key, mnist:).',
    );
  }
  const evaluation = await onePlace(base, channels, 'evaluation', named.evaluation);
  return { dataset, evaluation };
}

/** The place of the data of one role, of which a job has one. */
async function onePlace<Named>(
  base: string,
  channels: Readonly<Record<string, unknown>>,
  role: Role,
  named: Named,
): Promise<Named | string> {
  const given = channelNames[role].filter((name) => Object.hasOwn(channels, name));
  const said = [
    ...given.map((name) => `the channel "${name}"`),
    ...(named === undefined ? [] : [`the hyperparameter "${role}"`]),
  ];
  if (said.length > 1) {
    const purpose = role === 'dataset' ? 'learnt from' : 'measured on';
    throw new UsageError(`${said.join(' and ')} are both what is ${purpose}; give one of them.`);
  }
  const [channel] = given;
  return channel === undefined ? named : await placeOf(base, channel, channels[channel]);
}

/** The one file of a channel, or its folder. */
async function placeOf(base: string, channel: string, settings: unknown): Promise<string> {
  const { TrainingInputMode: mode = 'File', RecordWrapperType: wrapper = 'None' } = isRecord(
    settings,
  )
    ? settings
    : {};
  if (mode !== 'File' && mode !== 'FastFile') {
    throw new UsageError(
      `The channel "${channel}" comes in the mode ${textOf(mode)}; ask for File or FastFile.`,
    );
  }
  if (wrapper !== 'None') {
    throw new UsageError(
      `The channel "${channel}" is wrapped as ${textOf(wrapper)}; ask for None.`,
    );
  }
  const folder = join(base, 'input/data', channel);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  const [first, second] = entries;
  if (!first) throw new UsageError(`The channel "${channel}" is empty.`);
  return second === undefined && first.isFile() ? join(folder, first.name) : folder;
}

/** The object in a file of the job; a file that is not there says nothing. */
async function readObject(folder: string, name: string): Promise<Record<string, unknown>> {
  const content = await readFile(join(folder, name), 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return '{}';
    throw error;
  });
  try {
    const value: unknown = JSON.parse(content);
    if (isRecord(value)) return value;
  } catch (error) {
    throw new UsageError(`${name} is no JSON: ${messageOf(error)}`, { cause: error });
  }
  throw new UsageError(`${name} holds no JSON object.`);
}

function unknownName(kind: string, name: string, known: readonly string[]): UsageError {
  const meant = nearest(name, known);
  const hint = meant === undefined ? `there are: ${known.join(', ')}.` : `did you mean "${meant}"?`;
  return new UsageError(`There is no ${kind} "${name}"; ${hint}`);
}
