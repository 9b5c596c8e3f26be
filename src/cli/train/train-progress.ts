import type { Metrics } from '../../repository/manifest.ts';
import type { Epoch, TrainEvent } from '../../training/events.ts';
import { printAside } from '../command.ts';

/** Shows the progress of a run: one line that is rewritten on a terminal, lines of text elsewhere. */
export interface TrainProgress {
  readonly show: (event: TrainEvent) => void;
  /** Leaves the screen as it should stay. */
  close(): void;
}

const BAR = 24;
const ERASE = '\r\u001B[K';

export function createTrainProgress(epochs: number, out: NodeJS.WriteStream): TrainProgress {
  return out.isTTY ? createBar(epochs, out) : { show: createLines(epochs), close: () => {} };
}

export const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

function createBar(epochs: number, out: NodeJS.WriteStream): TrainProgress {
  const started = performance.now();
  let [done, tail] = [0, ''];
  const draw = (): void => {
    const filled = Math.round((BAR * done) / epochs);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
    const seconds = (performance.now() - started) / 1000;
    const left = done === 0 ? '' : `  ${remaining((seconds * (epochs - done)) / done)}`;
    const line = `${bar} ${Math.floor(done)}/${epochs}${tail}${left}`;
    out.write(ERASE + line.slice(0, (out.columns || 80) - 1));
  };
  const say = (text: string): void => {
    out.write(`${ERASE}${text}\n`);
  };
  return {
    show(event) {
      if (event.type === 'progress') done = event.epoch - 1 + event.step / event.steps;
      else if (event.type === 'epoch')
        [done, tail] = [event.epoch.epoch, `  ${brief(event.epoch)}`];
      else {
        const text = describe(event);
        if (text !== undefined) say(text);
        return;
      }
      draw();
    },
    close: () => out.write(done > 0 ? '\n' : ''),
  };
}

function createLines(epochs: number): TrainProgress['show'] {
  const width = String(epochs).length;
  return (event) => {
    if (event.type === 'epoch') {
      const { epoch, seconds } = event.epoch;
      const number = String(epoch).padStart(width);
      printAside(`epoch ${number}/${epochs}  ${figures(event.epoch)}  ${seconds.toFixed(2)} s`);
      return;
    }
    const text = describe(event);
    if (text !== undefined) printAside(text);
  };
}

/** What fits beside a bar. */
function brief({ loss, accuracy, validationAccuracy }: Epoch): string {
  return validationAccuracy === undefined
    ? `loss ${loss.toFixed(3)}  ${percent(accuracy)}`
    : `loss ${loss.toFixed(3)}  validation ${percent(validationAccuracy)}`;
}

function figures({ loss, accuracy, validationLoss, validationAccuracy }: Epoch): string {
  const seen = `loss ${loss.toFixed(4)}  accuracy ${percent(accuracy)}`;
  if (validationLoss === undefined || validationAccuracy === undefined) return seen;
  return `${seen}  validation ${validationLoss.toFixed(4)}  ${percent(validationAccuracy)}`;
}

/** What is worth a line besides epochs. */
function describe(event: TrainEvent): string | undefined {
  if (event.type === 'note') return event.note;
  if (event.type === 'net') {
    return `${event.parameters} parameters, ${event.stepsPerEpoch} steps an epoch`;
  }
  if (event.type !== 'dataset') return undefined;
  const { parts, classes, badRows, damaged } = event.dataset;
  const bad = badRows.count === 0 ? '' : `, ${badRows.count} bad rows passed over`;
  const lost = damaged ? `, ${damaged.count} images damaged inside` : '';
  const rest = `${parts.validation} to watch, ${parts.test} to measure on`;
  return `${parts.training} examples to learn from (${rest}), ${classes.length} classes${bad}${lost}`;
}

function remaining(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s left`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s left`;
}

/** What an accuracy may be on further examples, behind it; nothing where that is not known. */
export function intervalInWords({ accuracyInterval }: Metrics): string {
  const [low, high] = accuracyInterval ?? [];
  if (low === undefined || high === undefined) return '';
  return ` (95 %: ${(low * 100).toFixed(1)} to ${(high * 100).toFixed(1)})`;
}

/** The line about an accuracy that was measured by sending images; none where nothing was sent. */
export function servedInWords({ servedAccuracy, served }: Metrics): string[] {
  if (servedAccuracy === undefined || !served) return [];
  return [
    `as images, sent as to /predict: ${percent(servedAccuracy)}, by ${served.images} of which ${served.right} are right as they were read and ${served.served} as images`,
  ];
}
