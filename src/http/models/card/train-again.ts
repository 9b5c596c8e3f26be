import { isRecord } from '../../../json.ts';
import { DatasetSpecSchema } from '../../../datasets/spec.ts';
import { TrainRequestSchema } from '../../../training/request.ts';
import type { CardPart, DescribedManifest } from './card-shape.ts';

const specFields = Object.keys(DatasetSpecSchema.properties);
const requestFields = Object.keys(TrainRequestSchema.properties);

/** The command, or the body of POST /train, that trains the same version again; or why there is none. */
export function trainAgain(model: string, { lineage }: DescribedManifest): CardPart[] {
  const { command, architecture, hyperparameters = {}, dataset, seed } = lineage;
  if (command !== undefined) {
    return [
      said('In a terminal; the same seed and the same release give the same bytes.'),
      code(command),
    ];
  }
  if (architecture === undefined || !dataset) {
    return [said('It was not trained by Glimpse, or the manifest does not say how.')];
  }
  if (dataset['uri'] === undefined) {
    return [
      said(
        'It has learnt from uploaded files, which are not kept: have them at hand, and send this request with them.',
      ),
      request(),
    ];
  }
  return [said('POST /train; the same seed and the same release give the same bytes.'), request()];

  function request(): CardPart {
    const evaluation = isRecord(dataset?.['evaluation'])
      ? picked(dataset['evaluation'], specFields)
      : undefined;
    const body = {
      model,
      dataset: picked(dataset ?? {}, specFields),
      ...(evaluation && { evaluation }),
      architecture,
      ...picked(hyperparameters, requestFields),
      ...(seed !== undefined && { seed }),
    };
    return code(JSON.stringify(body, undefined, 2));
  }
}

function picked(
  values: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}

const said = (text: string): CardPart => ({ kind: 'text', text });
const code = (text: string): CardPart => ({ kind: 'code', text });
