import type { TProperties, TSchema } from 'typebox';
import { Type } from '../../schema/builder.ts';
import { EvaluateRequestSchema } from '../../training/evaluate-request.ts';
import { PublishRequestSchema } from '../../jobs/publishing/publish-request.ts';
import { JobRecordSchema } from '../../jobs/record.ts';
import { TrainRequestSchema } from '../../training/request.ts';
import { reference } from '../schemas.ts';

/** For the contract only: the queue checks the request, receive-form.ts reads the form. */
export const trainBody = jsonOrForm(reference('TrainRequest'), 'TrainForm', {
  dataset: binary('Files to learn from, under any other field name.'),
  evaluation: binary('Files only to measure on.'),
});
export const evaluateBody = jsonOrForm(reference('EvaluateRequest'), 'EvaluateForm', {
  dataset: binary('Files to measure on, under any field name but "evaluation".'),
});

/** The contract of a body that is JSON, or a form with the same JSON and files. */
export function jsonOrForm(request: TSchema, form: string, files: TProperties) {
  return {
    content: {
      'application/json': { schema: request },
      'multipart/form-data': {
        schema: Type.Object(
          {
            request: Type.Optional(
              Type.String({ description: 'The request as JSON, as in the other content type.' }),
            ),
            ...files,
          },
          { title: form },
        ),
      },
    },
  };
}

/** A field of a form that is a file. */
export function binary(description: string) {
  return Type.Optional(Type.String({ format: 'binary', description }));
}

export const trainSchemas = [
  Type.Object(TrainRequestSchema.properties, {
    additionalProperties: false,
    $id: 'TrainRequest',
    description: 'Every field is optional; the defaults train the founding example.',
  }),
  Type.Object(EvaluateRequestSchema.properties, {
    additionalProperties: false,
    $id: 'EvaluateRequest',
  }),
  Type.Object(PublishRequestSchema.properties, {
    additionalProperties: false,
    $id: 'PublishRequest',
    description:
      'What only the author of a model knows. Of a version folder with its manifest nothing but label and source is taken.',
  }),
  Type.Object(JobRecordSchema.properties, { additionalProperties: false, $id: 'Job' }),
  Type.Object({ jobs: Type.Array(reference('Job')) }, { $id: 'JobList' }),
];
