import {
  ChangeReasonSchema,
  DescribedApprovalSchema,
  DescribedHistoryEntrySchema,
  DescribedManifestSchema,
  DescribedPolicySchema,
  DescribedReleaseSchema,
  DescribedTrafficSchema,
} from '../../registry/describe.ts';
import { Type } from '../../schema/builder.ts';
import { ModelParamsSchema, numberInText, reference, oneOf } from '../schemas.ts';
import { canarySchemas } from './canary-schemas.ts';
import { PlacementSchema } from './placement-schema.ts';

const decisionField = oneOf(
  ['approve', 'reject'],
  'approve: it is done, as it was asked for, by another caller than the first. reject: it is forgotten.',
  'ApprovalDecision',
);

const ReasonSchema = Type.Object(
  { code: Type.String({ description: 'docs/errors.md lists them.' }), message: Type.String() },
  { title: 'Reason' },
);

const statusFields = {
  version: Type.Integer(),
  state: oneOf(
    ['UNLOADED', 'LOADING', 'READY', 'UNLOADING', 'UNAVAILABLE'],
    'UNLOADED: nobody asks for it here, and it is loaded when somebody does. UNAVAILABLE: it could not be loaded.',
    'VersionState',
  ),
  isMissing: Type.Boolean({
    description:
      'The repository has it no more; it goes on serving from memory, or from the copy of this machine.',
  }),
  reason: Type.Optional(ReasonSchema),
  retryAt: Type.Optional(
    Type.String({ description: 'When a version that could not be loaded is tried again.' }),
  ),
  labels: Type.Array(Type.String(), { description: 'Labels that point at it.' }),
  serves: Type.Array(Type.String(), { description: 'Labels it answers for just now.' }),
  place: Type.Optional(
    oneOf(
      ['inline', 'worker', 'cell'],
      'Where its full batches run: in the server’s process as was measured, or, what is not trusted, in a cell.',
    ),
  ),
  placement: Type.Optional(PlacementSchema),
  leases: Type.Integer({ description: 'Requests that hold it now.' }),
  queueDepth: Type.Integer({ description: 'Images that wait for it.' }),
};

const VersionStatusSchema = Type.Object(statusFields, { $id: 'VersionStatus' });

const ModelSchema = Type.Object(
  {
    model: Type.String(),
    labels: Type.Record(Type.String(), Type.Integer()),
    serving: Type.Optional(
      Type.Integer({ description: 'The version that answers when nobody names one.' }),
    ),
    reasons: Type.Array(Type.String(), { description: 'What is not as it should be.' }),
    versions: Type.Array(reference('VersionStatus')),
  },
  { $id: 'Model' },
);

const ModelListSchema = Type.Object(
  {
    defaultModel: Type.String({ description: 'The model POST /predict asks.' }),
    staleSince: Type.Optional(
      Type.String({
        description:
          'When the repository last answered; only while that is longer ago than it should be, and what is listed may have changed since.',
      }),
    ),
    models: Type.Array(reference('Model')),
  },
  { $id: 'ModelList' },
);

const VersionSchema = Type.Object(
  {
    model: Type.String(),
    ...statusFields,
    ...DescribedManifestSchema.properties,
    release: Type.Optional(reference('Release')),
  },
  { $id: 'Version' },
);

const ReleaseSchema = Type.Object(DescribedReleaseSchema.properties, {
  $id: 'Release',
  description:
    'Whether it was to answer for production when it was published, by which rule, and what was measured for that.',
});

const PolicySchema = Type.Object(
  {
    model: Type.String(),
    ...DescribedPolicySchema.properties,
    isDefault: Type.Boolean({ description: 'Nobody has written one.' }),
  },
  { $id: 'ReleasePolicy' },
);

const LabelsSchema = Type.Object(
  { model: Type.String(), labels: Type.Record(Type.String(), Type.Integer()) },
  { $id: 'Labels' },
);

const HistorySchema = Type.Object(
  {
    model: Type.String(),
    entries: Type.Array(reference('HistoryEntry')),
    next: Type.Optional(
      Type.Integer({ description: 'There are older entries: the value of before for them.' }),
    ),
  },
  { $id: 'ModelHistory' },
);

const HistoryEntrySchema = Type.Object(DescribedHistoryEntrySchema.properties, {
  $id: 'HistoryEntry',
  description: 'One change of a model.',
});

const TrafficSchema = Type.Object(
  {
    model: Type.String(),
    ...DescribedTrafficSchema.properties,
    canaryState: Type.Optional(reference('CanaryState')),
    canaryEvidence: Type.Optional(reference('CanaryEvidence')),
    revision: Type.Optional(
      Type.Integer({ description: 'Counts the changes; left out where nobody has written any.' }),
    ),
  },
  { $id: 'Traffic' },
);

export const TrafficBodySchema = Type.Object(
  { ...DescribedTrafficSchema.properties, reason: Type.Optional(ChangeReasonSchema) },
  { title: 'TrafficBody', additionalProperties: false },
);

const ApprovalSchema = Type.Object(DescribedApprovalSchema.properties, {
  $id: 'Approval',
  description: 'A change that waits for a second caller.',
});

const ApprovalsSchema = Type.Object(
  { model: Type.String(), pending: Type.Array(reference('Approval')) },
  { $id: 'Approvals' },
);

const DecidedSchema = Type.Object(
  { model: Type.String(), decision: decisionField, approval: reference('Approval') },
  { $id: 'DecidedApproval' },
);

export const ApprovalParamsSchema = Type.Object({
  ...ModelParamsSchema.properties,
  id: Type.String({ maxLength: 64, description: 'A change that waits.' }),
});

export const DecisionSchema = Type.Object(
  { decision: decisionField, reason: Type.Optional(ChangeReasonSchema) },
  { title: 'Decision', additionalProperties: false },
);

const RollbackSchema = Type.Object(
  {
    model: Type.String(),
    endedTraffic: Type.Boolean({
      description: 'A split or canary of production was ended; the label stayed where it was.',
    }),
    from: Type.Integer({ description: 'Where the label was.' }),
    to: Type.Integer({ description: 'Where it is now.' }),
    labels: Type.Record(Type.String(), Type.Integer()),
  },
  { $id: 'Rollback' },
);

export const RollbackQuerySchema = Type.Object({
  label: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
      description: 'The label to be moved back; default production.',
    }),
  ),
  reason: Type.Optional(ChangeReasonSchema),
});

export const HistoryQuerySchema = Type.Object({
  before: Type.Optional(numberInText(1, 'Only entries with smaller numbers.')),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, description: 'How many at most; default 20.' }),
  ),
});

export const modelSchemas = [
  VersionStatusSchema,
  ModelSchema,
  ModelListSchema,
  VersionSchema,
  LabelsSchema,
  ReleaseSchema,
  PolicySchema,
  HistorySchema,
  HistoryEntrySchema,
  TrafficSchema,
  ...canarySchemas,
  RollbackSchema,
  ApprovalSchema,
  ApprovalsSchema,
  DecidedSchema,
];

export const LabelTargetSchema = Type.Object(
  {
    version: Type.Integer({ minimum: 1, description: 'The version the label shall point at.' }),
    reason: Type.Optional(ChangeReasonSchema),
  },
  { title: 'LabelTarget', additionalProperties: false },
);

export const IfMatchSchema = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      pattern: '^(\\*|"[A-Za-z0-9_-]+")$',
      description:
        'The etag of the labels as they were read; 409 when somebody else was faster. Without it the change is made in any case.',
    }),
  ),
});

export const ReleasePolicyBodySchema = Type.Object(
  { ...DescribedPolicySchema.properties, reason: Type.Optional(ChangeReasonSchema) },
  { title: 'ReleasePolicyBody', additionalProperties: false },
);
