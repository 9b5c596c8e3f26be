import { Counter, type Registry } from 'prom-client';

export interface EvidenceMetrics {
  /** One input of a model: the container it came in, and what was the matter with it. */
  countInput(model: string, format: string, marks: readonly string[]): void;
}

/** What is known of predictions beside their answers. */
export function createEvidenceMetrics(
  register: Registry,
  boundModel: (model: string) => string,
): EvidenceMetrics {
  const registers = [register];
  const formats = new Counter({
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
  return {
    countInput: (model, format, found) => {
      formats.inc({ model: boundModel(model), format });
      for (const mark of found) marks.inc({ model: boundModel(model), mark });
    },
  };
}
