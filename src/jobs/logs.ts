import type { Epoch } from '../training/events.ts';
import { jobKinds } from './kinds.ts';
import type { RunEnd } from './launch.ts';
import type { JobLog } from './log.ts';
import type { JobEvent, JobRecord } from './record.ts';

/** The open logs of jobs, each opened once. */
export interface JobLogs {
  of(id: string): JobLog;
  /** Writes down an event of a job. */
  writeEvent(record: JobRecord, event: JobEvent): void;
  /** Closes the log of a job that is about to be removed. */
  forget(id: string): Promise<void>;
  /** Resolves when all lines are on disk. */
  settled(): Promise<void>;
}

/** Logs that are opened when the first line of their job comes. */
export function createJobLogs(open: (id: string) => JobLog): JobLogs {
  const logs = new Map<string, JobLog>();
  const of = (id: string): JobLog => {
    const log = logs.get(id) ?? open(id);
    logs.set(id, log);
    return log;
  };
  return {
    of,
    writeEvent(record, event) {
      const line = logLineOf(record, event);
      if (line !== undefined) of(record.id).write(line);
    },
    async forget(id) {
      await logs.get(id)?.settled();
      logs.delete(id);
    },
    async settled() {
      for (const log of logs.values()) await log.settled();
    },
  };
}

/** How an event reads in the log of its job; undefined for what comes too often to be kept. */
function logLineOf(record: JobRecord, event: JobEvent): string | undefined {
  switch (event.type) {
    case 'stage':
      return `stage: ${event.stage}`;
    case 'dataset': {
      const { examples, classes, parts, badRows, damaged, digest } = event.dataset;
      const { training, validation, test } = parts;
      const isUsed = training + validation + test > 0;
      const uses = isUsed
        ? ` (${training} to learn from, ${validation} to choose by, ${test} to measure on)`
        : '';
      const lost = damaged ? `, ${damaged.count} damaged images` : '';
      return `dataset: ${examples} examples of ${classes.length} classes${uses}, ${badRows.count} bad rows${lost}, digest ${digest}`;
    }
    case 'net': {
      const { parameters, stepsPerEpoch, history } = event;
      const done = history.length === 0 ? '' : `, going on after epoch ${history.length}`;
      return `net: ${parameters} parameters, ${stepsPerEpoch} steps an epoch${done}`;
    }
    case 'epoch':
      return `epoch ${event.epoch.epoch}: ${figuresOf(event.epoch)}`;
    case 'checkpoint':
      return `checkpoint: epoch ${event.epoch}, step ${event.step}`;
    case 'note':
      return `note: ${event.note}`;
    case 'trial': {
      const { trial, epochs, parameters, state, accuracy, loss, reason } = event.trial;
      const figures =
        accuracy === undefined ? '' : `, accuracy ${accuracy.toFixed(4)}, loss ${loss?.toFixed(4)}`;
      const why = reason === undefined ? '' : `: ${reason}`;
      return `trial ${trial} (${epochs} epochs, ${JSON.stringify(parameters)}): ${state}${figures}${why}`;
    }
    case 'state': {
      const { state, error } = event;
      const made = jobKinds[record.kind].summary(record)?.words;
      const why = error && `: ${error.code} ${error.message}`;
      return `state: ${state}${made === undefined ? '' : `, ${made}`}${why ?? ''}`;
    }
    case 'progress':
    default:
      return undefined;
  }
}

/** How the end of an attempt reads. */
export function logLineOfEnd(attempt: number, end: RunEnd): string {
  const why =
    end.type === 'died' ? `: ${end.reason}` : end.type === 'failed' ? `: ${end.error.code}` : '';
  return `attempt ${attempt} ended: ${end.type}${why}`;
}

function figuresOf({ loss, accuracy, validationLoss, validationAccuracy, seconds }: Epoch): string {
  const validation =
    validationLoss === undefined || validationAccuracy === undefined
      ? ''
      : `, validation loss ${validationLoss.toFixed(4)}, validation accuracy ${validationAccuracy.toFixed(4)}`;
  return `loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(4)}${validation}, ${seconds.toFixed(2)} s`;
}
