import { DescribedCanarySchema } from '../../registry/describe.ts';
import { Type } from '../../schema/builder.ts';
import { oneOf, reference } from '../schemas.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

const CanaryStateSchema = Type.Object(DescribedCanarySchema.properties, {
  $id: 'CanaryState',
  description: 'How far the canary is, or how the last one ended.',
});

const SideFiguresSchema = Type.Object(
  {
    requests: count('That it has answered, or failed to.'),
    errors: count('Of these, that failed by a fault of the server.'),
    images: count('That it has answered.'),
    warned: count('Of these, with a warning.'),
    p95Ms: Type.Optional(
      Type.Number({
        description:
          'What nineteen of twenty requests took at most, of the last thousand. Left out before the first answer.',
      }),
    ),
  },
  { $id: 'SideFigures', description: 'How one version did for the callers that it answered.' },
);

const CanaryEvidenceSchema = Type.Object(
  {
    verdict: oneOf(
      ['waiting', 'good', 'worse'],
      'What would be said of it now. waiting: too few requests; good: inside of its bands; worse: out of one.',
      'CanaryVerdict',
    ),
    why: Type.Optional(Type.String({ description: 'Which band it left, and by what figures.' })),
    minRequests: count('How many it must have answered before anything is said.'),
    present: reference('SideFigures', 'Of the version that it is to replace, since it began.'),
    canary: reference('SideFigures', 'Its own, since the step began.'),
    compared: count('Images that both have seen, which takes a shadow of it.'),
    agreed: count('Of these, that both said the same of.'),
  },
  {
    $id: 'CanaryEvidence',
    description: 'What this server has seen of a canary that runs, and judges it by.',
  },
);

export const canarySchemas = [CanaryStateSchema, SideFiguresSchema, CanaryEvidenceSchema];
