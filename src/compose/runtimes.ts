import { join } from 'node:path';
import { coversModel } from '../access/scopes.ts';
import { cellEnvironment, listOf, type Config } from '../config.ts';
import { createKeptMeasurements, type KeptMeasurements } from '../loading/kept-measurements.ts';
import type { LoadRuntime } from '../loading/load-model.ts';
import { createTrust, type Trust } from '../loading/trust.ts';
import { unsharedCellMemory, type CellMemory } from '../account.ts';
import type { CellOptions, DeathCause } from '../runtime/cells/cell.ts';
import { canReadMemory } from '../runtime/cells/memory-watch.ts';
import { loadRuntime } from '../runtime/load-runtime.ts';
import { versionOfPackage } from '../package.ts';
import { describeMachine, memoryOfMachine } from './machine.ts';

interface Subject {
  readonly model: string;
  readonly version: number;
}

/** What becomes known of threads and cells after their start; compose connects it to log and metrics. */
export interface RuntimeEvents {
  /** A cell ended that nobody had closed. */
  onDeath?(subject: Subject, cause: DeathCause, reason: string): void;
  /** A line of what a cell wrote. */
  onOutput?(subject: Subject, line: string): void;
  onRestart?(subject: Subject, reason: string): void;
  onQuarantine?(subject: Subject, reason: string): void;
  /** A thread does not come back from its model, and an exit of this process would wait for it. */
  onAbandon?(ended: Promise<void>): void;
}

/** Which versions may run in this process, by the configuration and the data folder. */
export function openTrust(config: Config): Trust {
  const patterns = listOf(config.GLIMPSE_TRUSTED_MODELS);
  return createTrust({
    folder: join(config.GLIMPSE_DATA_DIR, 'trained'),
    isMarked: (model) => coversModel(patterns, model),
  });
}

/** What models were measured to take on this machine, under this configuration. */
export function openMeasurements(config: Config): KeptMeasurements {
  return createKeptMeasurements({
    folder: join(config.GLIMPSE_DATA_DIR, 'measurements'),
    machine: () => ({
      ...describeMachine(),
      engine: versionOfPackage('onnxruntime-node'),
      threads: config.GLIMPSE_RUNTIME_THREADS,
      memoryBytes: cellOptions(config).limits.memoryBytes,
    }),
  });
}

/** For jobs and commands: a model never runs on the thread that hears when they are to stop. */
export function onOwnThread(config: Config): Config {
  return { ...config, GLIMPSE_RUNTIME_THREADS: 1, GLIMPSE_INLINE_BUDGET_MS: 0 };
}

/** How models are opened under this configuration. */
export function bindLoadRuntime(
  config: Config,
  on: RuntimeEvents = {},
  memory: CellMemory = unsharedCellMemory,
): LoadRuntime {
  return ({ model, version, ...request }) => {
    const subject = { model, version };
    return loadRuntime({
      ...request,
      ...cellOptions(config),
      memory,
      threads: config.GLIMPSE_RUNTIME_THREADS,
      inlineBudgetMs: config.GLIMPSE_INLINE_BUDGET_MS,
      onDeath: (cause, reason) => on.onDeath?.(subject, cause, reason),
      onOutput: (line) => on.onOutput?.(subject, line),
      onRestart: (reason) => on.onRestart?.(subject, reason),
      onQuarantine: (reason) => on.onQuarantine?.(subject, reason),
      onAbandon: (ended) => on.onAbandon?.(ended),
    });
  };
}

/** A cell of this configuration, for commands that open a model themselves. */
export function cellOptions(config: Config): CellOptions {
  return {
    env: cellEnvironment(),
    limits: {
      openMs: config.GLIMPSE_OPEN_TIMEOUT_MS,
      batchMs: config.GLIMPSE_BATCH_TIMEOUT_MS,
      memoryBytes: config.GLIMPSE_CELL_MEMORY_BYTES || Math.floor(memoryOfMachine() / 2),
    },
    memory: unsharedCellMemory,
    onDeath: () => {},
    onOutput: () => {},
  };
}

/** What an operator should know about the cells of this system. */
export function cellWarnings(): string[] {
  return canReadMemory()
    ? []
    : [
        'This system does not tell how much memory a cell holds: GLIMPSE_CELL_MEMORY_BYTES is not enforced.',
      ];
}
