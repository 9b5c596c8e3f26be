import { errors, withDetails } from '../errors.ts';
import { whyNotServing } from './describe.ts';
import { describeModel } from './describe.ts';
import type { KnownModel } from './known-model.ts';
import { reasonOf } from './quarantine.ts';

export interface Readiness {
  /** Whether this process should get traffic. */
  readonly ready: boolean;
  /** What keeps it from that; when it is ready, what is not as it should be all the same. */
  readonly reasons: string[];
}

export interface ReadinessInput {
  readonly models: ReadonlyMap<string, KnownModel>;
  readonly defaultModel: string;
  /** Whether another one must answer as well. */
  readonly isRequired?: (model: string) => boolean;
  /** Those of them that must be there, too. */
  readonly requiredModels?: readonly string[];
  /** What the repository is called. */
  readonly repository: string;
  /** Whether the first poll is over, and what the default model shall answer with is loaded or failed. */
  readonly hasStarted: boolean;
  /** How long the first poll takes by now. */
  readonly startingMs: number;
  readonly storeFailure: Error | undefined;
  /** When the repository last answered, while that is longer ago than it should be. */
  readonly staleSince: Date | undefined;
  readonly isClosing: boolean;
}

/**
 * Ready is: the first poll is over, and the default model and every other one that is required answers with the version it shall answer with, if that can be loaded. Whatever else is wrong
 * (another model, a bad new version, a store that does not answer just now) is reported but keeps no traffic away.
 */
export function readinessOf(input: ReadinessInput): Readiness {
  const blocking = blockersOf(input);
  const warnings = [...input.models.values()].flatMap((model) =>
    describeModel(model).reasons.map((reason) => `Model "${model.model}": ${reason}`),
  );
  if (input.staleSince) warnings.unshift(staleness(input.repository, input.staleSince));
  if (input.storeFailure) warnings.push(input.storeFailure.message);
  const reasons = [...new Set([...blocking, ...warnings])];
  return { ready: blocking.length === 0, reasons };
}

/** A store that takes no call in and refuses none, as behind a firewall, says nothing for as long as it is tried. */
const longMs = 5_000;

function firstReading(repository: string, forMs: number): string {
  const duration = forMs < longMs ? '' : `, for ${Math.floor(forMs / 1_000)} s now`;
  return `The repository ${repository} is being read for the first time${duration}.`;
}

/** The error of a caller who comes before anything is known of the repository, with what is the matter with that. */
export function notReadYet(model: string, storeFailure: Error | undefined): Error {
  const sentence = 'the repository was not read yet.';
  if (!storeFailure) return new errors.GLIMPSE_MODEL_NOT_READY(model, sentence);
  return withDetails(
    new errors.GLIMPSE_MODEL_NOT_READY(model, `${sentence} ${storeFailure.message}`),
    { reason: reasonOf(storeFailure) },
  );
}

function staleness(repository: string, since: Date): string {
  return `What is served is stale: the repository ${repository} has not answered since ${since.toISOString()}.`;
}

function blockersOf({
  models,
  defaultModel,
  isRequired = () => false,
  requiredModels = [],
  repository,
  hasStarted,
  startingMs,
  isClosing,
}: ReadinessInput): string[] {
  if (isClosing) return ['This server is shutting down.'];
  if (!hasStarted) return [firstReading(repository, startingMs)];
  const present = [...models.keys()].filter(
    (name) => isRequired(name) && !models.get(name)!.isEmpty,
  );
  const required = new Set([defaultModel, ...requiredModels, ...present]);
  return [...required].flatMap((name) => {
    const model = models.get(name);
    if (!model) return [`There is no model "${name}" in ${repository}.`];
    const reason = whyNotServing(model);
    return reason === undefined ? [] : [`Model "${name}": ${reason}`];
  });
}
