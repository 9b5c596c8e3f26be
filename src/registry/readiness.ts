import { whyNotServing } from './describe.ts';
import { describeModel } from './describe.ts';
import type { KnownModel } from './known-model.ts';

export interface Readiness {
  /** Whether this process should get traffic. */
  readonly ready: boolean;
  /** What keeps it from that; when it is ready, what is not as it should be all the same. */
  readonly reasons: string[];
}

export interface ReadinessFacts {
  readonly models: ReadonlyMap<string, KnownModel>;
  readonly defaultModel: string;
  /** What the repository is called. */
  readonly repository: string;
  /** Whether the first look and the loads it led to are over. */
  readonly hasStarted: boolean;
  readonly storeFailure: Error | undefined;
  readonly isClosing: boolean;
}

/**
 * Ready is: the first look and its loads are over, and the default model answers. Whatever else is wrong
 * (another model, a bad new version, a store that does not answer just now) is told but keeps no traffic away.
 */
export function readinessOf(facts: ReadinessFacts): Readiness {
  const blocking = blockersOf(facts);
  const warnings = [...facts.models.values()].flatMap((model) =>
    describeModel(model).reasons.map((reason) => `Model "${model.model}": ${reason}`),
  );
  if (facts.storeFailure) warnings.push(facts.storeFailure.message);
  const reasons = [...new Set([...blocking, ...warnings])];
  return { ready: blocking.length === 0, reasons };
}

function blockersOf({
  models,
  defaultModel,
  repository,
  hasStarted,
  isClosing,
}: ReadinessFacts): string[] {
  if (isClosing) return ['This server is shutting down.'];
  if (!hasStarted) return [`The repository ${repository} is being read for the first time.`];
  const model = models.get(defaultModel);
  if (!model) return [`There is no model "${defaultModel}" in ${repository}.`];
  const reason = whyNotServing(model);
  return reason === undefined ? [] : [`Model "${defaultModel}": ${reason}`];
}
