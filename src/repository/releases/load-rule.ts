import type { Static } from 'typebox';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';

const versionNumber = Type.Integer({ minimum: 1 });

/** Which versions of a model are loaded beside those that answer. */
export const LoadRuleSchema = Type.Union(
  [
    Type.Literal('all'),
    Type.Object({ latest: versionNumber }, { ...Closed, title: 'LatestVersions' }),
    Type.Object(
      { specific: Type.Array(versionNumber, { maxItems: 1_000 }) },
      { ...Closed, title: 'SpecificVersions' },
    ),
  ],
  {
    title: 'LoadRule',
    description:
      'Which versions servers load beside those that answer for labels or by default: all; the newest so many ({"latest": 2}); those with these numbers ({"specific": [3, 7]}). Without it: the newest GLIMPSE_KEEP_VERSIONS. Every other one is loaded when a request selects it by its number.',
  },
);
export type LoadRule = Static<typeof LoadRuleSchema>;

const limit = (description: string) => Type.Optional(Type.Integer({ minimum: 1, description }));

/** How much of a server one model may take. */
export const ModelLimitsSchema = Type.Object(
  {
    versions: limit('Most versions of it that are loaded at once.'),
    bytes: limit('Most bytes that its loaded versions take together, estimated from their files.'),
    queue: limit('Most images waiting for one of its versions; at most GLIMPSE_MAX_QUEUE_SIZE.'),
  },
  {
    ...Closed,
    title: 'ModelLimits',
    description: 'How much of a server the model may take; the limits of the server hold as well.',
  },
);
export type ModelLimits = Static<typeof ModelLimitsSchema>;
