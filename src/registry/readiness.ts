import { whyNotServing } from './describe.ts';
import { describeModel } from './describe.ts';
import type { KnownModel } from './known-model.ts';

export interface Readiness {
  /** Whether this process should get traffic. */
  readonly ready: boolean;
  /** What keeps it from that; when it is ready, what is not as it should be all the same. */
  readonly reasons: string[];
}

export interface ReadinessInput {
  readonly models: ReadonlyMap<string, KnownModel>;
  readonly defaultModel: string;
  /** What the repository is called. */
  readonly repository: string;
  /** Whether the first poll is over, and what the default model shall answer with is loaded or failed. */
  readonly hasStarted: boolean;
  readonly storeFailure: Error | undefined;
  /** When the repository last answered, while that is longer ago than it should be. */
  readonly staleSince: Date | undefined;
  readonly isClosing: boolean;
}

/**
 * Ready is: the first poll is over, and the default model answers with the version it shall answer with, if that can be loaded. Whatever else is wrong
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

function staleness(repository: string, since: Date): string {
  return `What is served is stale: the repository ${repository} has not answered since ${since.toISOString()}.`;
}

function blockersOf({
  models,
  defaultModel,
  repository,
  hasStarted,
  isClosing,
}: ReadinessInput): string[] {
  if (isClosing) return ['This server is shutting down.'];
  if (!hasStarted) return [`The repository ${repository} is being read for the first time.`];
  const model = models.get(defaultModel);
  if (!model) return [`There is no model "${defaultModel}" in ${repository}.`];
  const reason = whyNotServing(model);
  return reason === undefined ? [] : [`Model "${defaultModel}": ${reason}`];
}
