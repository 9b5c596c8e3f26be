import { asError, errors, notify, warn } from '../../errors.ts';
import type { CanaryMove, RunningCanary } from '../../registry/documents/model-traffic.ts';
import type { Registry } from '../../registry/registry.ts';
import { judgeCanary } from './judge-canary.ts';
import { nextMove, type CanaryStep } from './next-move.ts';
import type { CanaryFigures, RolloutFigures } from './version-figures.ts';

/** Carries canaries on, and takes them back. */
export interface CanaryDriver {
  /** Looks at every canary that runs now; resolves when what follows from that is done. Never rejects. */
  look(): Promise<void>;
  /** Looks at intervals from now on. */
  start(): void;
  close(): Promise<void>;
}

export interface CanaryDriverOptions {
  readonly registry: Pick<Registry, 'traffic' | 'setLabel'>;
  readonly figures: Pick<RolloutFigures, 'of' | 'keepOnly'>;
  readonly everyMs: number;
  /** This server, for the history. */
  readonly by: CanaryMove['cause']['by'];
  /** Told of what this server did, and of what it could not do. */
  readonly onMove: (event: {
    readonly model: string;
    readonly state: string;
    readonly why: string;
  }) => void;
  readonly onProblem: (event: { readonly model: string; readonly error: Error }) => void;
  readonly now?: () => Date;
}

/**
 * Every server looks at its own figures, and any of them may act: by compare-and-set on the state that it has judged,
 * so that one step is made once, and whoever comes second follows the first. All of the state lies in the repository:
 * when a server dies, the others go on.
 */
export function createCanaryDriver(options: CanaryDriverOptions): CanaryDriver {
  const { registry, figures, everyMs } = options;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  /** What was decided and could not be written yet, by model. */
  const owed = new Map<string, () => Promise<void>>();

  const attempt = async (model: string, move: () => Promise<void>): Promise<void> => {
    try {
      await move();
      owed.delete(model);
    } catch (error) {
      owed.set(model, move);
      notify(() => options.onProblem({ model, error: asError(error) }));
    }
  };
  const lookAtAll = async (): Promise<void> => {
    for (const [model, move] of owed) await attempt(model, move);
    const watched = new Set(owed.keys());
    for (const running of registry.traffic.canaries()) {
      const { model } = running;
      watched.add(model);
      if (owed.has(model)) continue;
      const seen = figures.of(model, running.canary);
      const verdict = judgeCanary(running.plan, seen);
      const step = nextMove(running, verdict, options.now?.() ?? new Date());
      if (step) await attempt(model, () => carryOut(options, running, step, seen));
    }
    figures.keepOnly(watched);
  };
  const look = (): Promise<void> =>
    (looking ??= lookAtAll()
      .catch((error: unknown) => warn(error))
      .finally(() => {
        looking = undefined;
      }));

  return {
    look,
    start() {
      timer = setInterval(() => void look(), everyMs).unref();
    },
    async close() {
      clearInterval(timer);
      await looking;
    },
  };
}

async function carryOut(
  { registry, by, onMove }: CanaryDriverOptions,
  running: RunningCanary,
  { canary, promotes, why }: CanaryStep,
  seen: CanaryFigures,
): Promise<void> {
  const { model } = running;
  const cause = { by, why, evidence: { step: running.canary.step + 1, figures: seen } };
  let isElsewhere = false;
  const { version, present } = canary;
  const change = { model, label: 'production', cause };
  const promotion = {
    async move() {
      // Where the label is protected, the canary as a whole was approved.
      const there = { ...change, version, from: present, isApproved: true };
      const isMoved = await registry.setLabel(there).then(() => true, unlessElsewhere);
      isElsewhere = !isMoved;
      return isMoved;
    },
    async takeBack() {
      const back = { ...change, version: present, from: version, isRollback: true };
      await registry.setLabel(back).catch(unlessElsewhere);
    },
  };
  await registry.traffic.carryOn(running, { canary, cause, ...(promotes && { promotion }) });
  // Somebody has moved it meanwhile: the next look ends the canary.
  if (isElsewhere) return;
  notify(() => onMove({ model, state: canary.state, why }));
}

function unlessElsewhere(error: unknown): false {
  if (error instanceof errors.GLIMPSE_LABEL_CONFLICT) return false;
  throw error;
}
