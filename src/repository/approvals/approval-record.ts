import type { Static } from 'typebox';
import { Type } from '../../schema/builder.ts';
import { ActorSchema, type Actor } from '../history/history-entry.ts';
import { ReleasePolicySchema, type ReleasePolicy } from '../releases/release-policy.ts';
import { TrafficRulesSchema } from '../traffic/traffic-record.ts';

const VersionOrNone = Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]);

const SeenEtag = Type.String({
  maxLength: 200,
  description: 'Of what is there: it is done only on top of that.',
});

/** What is to be done once it is approved. */
const ChangeSchema = Type.Union([
  Type.Object({ label: Type.String(), version: VersionOrNone, from: VersionOrNone }),
  Type.Object({ rules: TrafficRulesSchema, ifMatch: SeenEtag }),
  Type.Object({ policy: ReleasePolicySchema, ifMatch: SeenEtag }),
]);
export type ProtectedChange = Static<typeof ChangeSchema>;

/** A change that waits for a second caller. */
export const ApprovalSchema = Type.Object(
  {
    id: Type.String({ maxLength: 64 }),
    kind: Type.String({
      description: 'label: it shall move. traffic, policy: other rules shall hold.',
    }),
    askedBy: ActorSchema,
    askedAt: Type.String({ description: 'RFC 3339, UTC.' }),
    expiresAt: Type.String({ description: 'Afterwards it must be asked for again.' }),
    why: Type.Optional(Type.String()),
    change: ChangeSchema,
  },
  { title: 'Approval' },
);
export type StoredApproval = Static<typeof ApprovalSchema>;

/** Who approves or rejects. */
export interface Decision {
  readonly approve: boolean;
  readonly by: Actor;
  readonly why?: string | undefined;
}

export const ApprovalsSchema = Type.Object({
  formatVersion: Type.Literal(1),
  writer: Type.String({ description: 'Of the last change: two that come out alike are two.' }),
  pending: Type.Array(ApprovalSchema),
});
export type StoredApprovals = Static<typeof ApprovalsSchema>;

/** What kind of change it is, in a word. */
export function kindOf(change: ProtectedChange): 'label' | 'traffic' | 'policy' {
  if ('label' in change) return 'label';
  return 'rules' in change ? 'traffic' : 'policy';
}

/** Whether a policy lets a change of this label be made by one caller alone. */
export function isProtected({ protected: labels = [] }: ReleasePolicy, label: string): boolean {
  return labels.includes(label);
}
