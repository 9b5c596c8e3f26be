import type { Static } from 'typebox';
import { Type } from '../../schema/builder.ts';

const maxReasonLength = 500;

/** Who changed something. */
export const ActorSchema = Type.Object(
  {
    kind: Type.String({
      maxLength: 32,
      description:
        'key, token, local, anonymous: who called. job: a training. terminal: a command. server: a server by itself. unknown: a program that does not say.',
    }),
    id: Type.String({
      maxLength: 200,
      description: 'Of the key or job, the user of the terminal, the name of the server.',
    }),
    name: Type.Optional(Type.String({ maxLength: 200, description: 'For people.' })),
  },
  { title: 'Actor' },
);
export interface Actor {
  readonly kind:
    'key' | 'token' | 'local' | 'anonymous' | 'job' | 'terminal' | 'server' | 'unknown';
  readonly id: string;
  readonly name?: string;
}

/** Why somebody changes something, as far as it is said. */
export const ReasonTextSchema = Type.String({
  maxLength: maxReasonLength,
  description: 'Why, in words; it is kept in the history of the model.',
});

/** Who changes something, why, and what that rests on. */
export interface Cause {
  readonly by: Actor;
  readonly why?: string | undefined;
  /** Figures and the like; small, and nothing secret. */
  readonly evidence?: Readonly<Record<string, unknown>> | undefined;
}

/** Of a program that does not say who it is. */
export const unknownCause: Cause = { by: { kind: 'unknown', id: '' } };

/**
 * What changed. The list grows: readers keep words that they do not know.
 * label: it moved. rollback: it moved back. policy, traffic: another one holds. canary: one began, went a step, or ended.
 * deletion: versions were deleted (from) or taken back (to).
 * approval: somebody asked for a change of a protected label, or decided about one.
 */
export type HistoryKind =
  'label' | 'rollback' | 'policy' | 'traffic' | 'canary' | 'approval' | 'deletion';

/** One change, before it has its number. */
export interface HistoryEvent {
  readonly what: HistoryKind;
  /** Of a label that moved. */
  readonly label?: string;
  readonly from: unknown;
  readonly to: unknown;
  readonly cause: Cause;
}

/** One change of a model at rest: written once, and never again. */
export const HistoryEntrySchema = Type.Object(
  {
    number: Type.Integer({ minimum: 1, description: 'Counts up, without gaps.' }),
    id: Type.String({ description: 'Of the writing, so that a repeated one is known.' }),
    at: Type.String({ description: 'RFC 3339, UTC, by the clock of who wrote it.' }),
    what: Type.String({
      description:
        'label, rollback: a label moved. policy, traffic: another one holds. canary: one began, went a step or ended. approval: about a change of a protected label. deletion: versions were deleted (from), or taken back (to). unreadable: the entry is damaged.',
    }),
    label: Type.Optional(Type.String()),
    by: ActorSchema,
    from: Type.Optional(
      Type.Unknown({ description: 'What was before: a version, or a document.' }),
    ),
    to: Type.Optional(Type.Unknown({ description: 'What is since then.' })),
    why: Type.Optional(Type.String()),
    evidence: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { title: 'HistoryEntry' },
);
export type HistoryEntry = Static<typeof HistoryEntrySchema>;
