import { isRecord } from '../json.ts';
import type { PackedError } from '../threads.ts';

/**
 * first: has the jobs, the evidence and the calls of management, which are one process's own. further: answers predictions,
 * and passes everything else on to the first.
 */
export type ProcessRole = 'first' | 'further';

/** Who is meant: the first process, or all but the one that asks. */
export type Audience = 'first' | 'others';

/** What one process of a server begins with. */
export interface ProcessOrder {
  readonly role: ProcessRole;
  /** 0 is the first; a process that is started in the place of one that died has its number. */
  readonly number: number;
  /** Whether others answer while it begins; not so of the first process of a server that starts. */
  readonly othersAnswer: boolean;
  /** How many there are. */
  readonly count: number;
  /** Where the first listens for what the others pass on; undefined while it does not. */
  readonly socketPath: string | undefined;
  /** By it the first knows that a request was passed on by a process of the same server. */
  readonly secret: string;
  /** What it is told besides by whoever started the server. */
  readonly data: unknown;
}

/** What a process of a server tells the primary one. */
export type FromServer =
  /** It listens to messages from now on: those that came before are lost. */
  | { readonly kind: 'here' }
  /** It accepts connections from now on. */
  | { readonly kind: 'listening' }
  | AskMessage
  | {
      readonly kind: 'tell';
      readonly to: Audience;
      readonly topic: string;
      readonly content: unknown;
    }
  | { readonly kind: 'answer'; readonly id: number; readonly outcome: AnswerOutcome };

export interface AskMessage {
  readonly kind: 'ask';
  /** Of the asking process; the primary gives it one of its own. */
  readonly id: number;
  readonly to: Audience;
  readonly topic: string;
  readonly content: unknown;
}

/** What somebody answered, or why not. */
export type AnswerOutcome =
  { readonly content: unknown } | { readonly error: PackedError | undefined };

/** What the primary process tells the others. */
export type ToServer =
  | { readonly kind: 'begin'; readonly order: ProcessOrder }
  /** The first listens somewhere else now, or nowhere. */
  | { readonly kind: 'first'; readonly socketPath: string | undefined }
  /** How many processes have died so far, and the number of the one that did just now. */
  | { readonly kind: 'death'; readonly deaths: number; readonly number: number | undefined }
  /** Readiness is to fail from now on; what comes in is still answered. */
  | { readonly kind: 'drain' }
  /** It is to end when what it has accepted is answered. */
  | { readonly kind: 'stop' }
  | {
      readonly kind: 'asked';
      /** Undefined where no answer is waited for. */
      readonly id: number | undefined;
      readonly topic: string;
      readonly content: unknown;
    }
  | {
      readonly kind: 'answers';
      readonly id: number;
      /** One for each process that was asked; those that ended in the meantime are missing. */
      readonly outcomes: readonly AnswerOutcome[];
    };

/** Node tells processes of a cluster things of its own over the same channel. */
export function isFromServer(message: unknown): message is FromServer {
  return isOurs(message);
}

/** The same the other way. */
export function isToServer(message: unknown): message is ToServer {
  return isOurs(message);
}

function isOurs(message: unknown): boolean {
  return isRecord(message) && typeof message['kind'] === 'string';
}
