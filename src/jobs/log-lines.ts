import type { JobEvent } from './record.ts';
import type { RunEnd } from './launch.ts';
import type { Epoch } from '../training/events.ts';

/** How an event reads in the log of its job; undefined for what comes too often to be kept. */
export function logLineOf(event: JobEvent): string | undefined {
  switch (event.type) {
    case 'progress':
      return undefined;
    case 'stage':
      return `stage: ${event.stage}`;
    case 'dataset': {
      const { examples, classes, parts, badRows, digest } = event.dataset;
      const { training, validation, test } = parts;
      const isUsed = training + validation + test > 0;
      const uses = isUsed
        ? ` (${training} to learn from, ${validation} to choose by, ${test} to measure on)`
        : '';
      return `dataset: ${examples} examples of ${classes.length} classes${uses}, ${badRows.count} bad rows, digest ${digest}`;
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
    case 'state': {
      const { state, version, imported, error } = event;
      const made = version === undefined ? '' : `, version ${version}`;
      if (imported) return `state: ${state}, ${imported.uri}`;
      return `state: ${state}${made}${error ? `: ${error.code} ${error.message}` : ''}`;
    }
    default:
      return JSON.stringify(event);
  }
}

/** How the end of an attempt reads. */
export function logLineOfEnd(attempt: number, end: RunEnd): string {
  const why =
    end.kind === 'died' ? `: ${end.reason}` : end.kind === 'failed' ? `: ${end.error.code}` : '';
  return `attempt ${attempt} ended: ${end.kind}${why}`;
}

function figuresOf({ loss, accuracy, validationLoss, validationAccuracy, seconds }: Epoch): string {
  const validation =
    validationLoss === undefined || validationAccuracy === undefined
      ? ''
      : `, validation loss ${validationLoss.toFixed(4)}, validation accuracy ${validationAccuracy.toFixed(4)}`;
  return `loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(4)}${validation}, ${seconds.toFixed(2)} s`;
}
