import { Counter, type Registry } from 'prom-client';
import { byModel } from './bounded-label.ts';
import { sampledGauge } from './sampled-gauge.ts';
import { SeriesCounter, type CountSeries } from './series.ts';

export interface EvidenceMetrics {
  /** One input of a model: the container it came in, and what was the matter with it. */
  countInput(model: string, format: string, marks: readonly string[]): void;
  /** Lines of the prediction log, by what became of them. */
  countLogged(outcome: 'written' | 'full' | 'closed', lines: number): void;
}

export interface DriftSample {
  readonly model: string;
  readonly version: number;
  readonly figure: string;
  readonly index: number;
}

export interface AccuracySample {
  readonly model: string;
  readonly version: number;
  readonly right: number;
  readonly wrong: number;
}

export interface EvidenceSources {
  drift(): readonly DriftSample[];
  accuracy(): readonly AccuracySample[];
}

/** What is known of predictions beside their answers. */
export function createEvidenceMetrics(
  register: Registry,
  source: () => EvidenceSources | undefined,
  boundModel: (model: string) => string,
): EvidenceMetrics {
  const registers = [register];
  const formats = new SeriesCounter({
    name: 'glimpse_input_formats_total',
    help: 'Inputs of models by the container they came in: png, jpeg, webp, gif, avif, tiff, or pixels without one.',
    labelNames: ['model', 'format'],
    registers,
  });
  const marks = new Counter({
    name: 'glimpse_input_marks_total',
    help: 'Inputs of models that were damaged, brought to sRGB by a profile (icc), laid on grey (alpha), enlarged, cropped.',
    labelNames: ['model', 'mark'],
    registers,
  });
  const logged = new Counter({
    name: 'glimpse_prediction_log_lines_total',
    help: 'Lines of the prediction log: written, or dropped because the buffer was full or the server closed.',
    labelNames: ['outcome'],
    registers,
  });
  sampledGauge(
    register,
    {
      name: 'glimpse_drift_psi',
      help: 'Population stability index of the last predictions of a version against its baseline, by figure; shown once there are enough.',
      labelNames: ['model', 'version', 'figure'],
    },
    () =>
      (source()?.drift() ?? []).map(({ model, version, figure, index }) => ({
        labels: { model, version: String(version), figure },
        value: index,
      })),
  );
  registerAccuracy(register, source);
  const formatsOf = byModel(boundModel, () => new Map<string, CountSeries>());
  return {
    countLogged: (outcome, lines) => logged.inc({ outcome }, lines),
    countInput: (model, format, found) => {
      const known = formatsOf(model);
      const series = known.get(format) ?? formats.of(boundModel(model), format);
      series.add(1);
      known.set(format, series);
      for (const mark of found) marks.inc({ model: boundModel(model), mark });
    },
  };
}

function registerAccuracy(register: Registry, source: () => EvidenceSources | undefined): void {
  sampledGauge(
    register,
    {
      name: 'glimpse_labelled_predictions',
      help: 'Predictions whose true class somebody has told this process, by outcome: right, wrong.',
      labelNames: ['model', 'version', 'outcome'],
    },
    () =>
      (source()?.accuracy() ?? []).flatMap(({ model, version, right, wrong }) =>
        Object.entries({ right, wrong }).map(([outcome, value]) => ({
          labels: { model, version: String(version), outcome },
          value,
        })),
      ),
  );
  sampledGauge(
    register,
    {
      name: 'glimpse_live_accuracy',
      help: 'Share of these predictions that were right.',
      labelNames: ['model', 'version'],
    },
    () =>
      (source()?.accuracy() ?? [])
        .filter(({ right, wrong }) => right + wrong > 0)
        .map(({ model, version, right, wrong }) => ({
          labels: { model, version: String(version) },
          value: right / (right + wrong),
        })),
  );
}
