import type { Callers } from './callers.ts';
import type { OwnServer, OwnServerOptions } from './own-server.ts';
import { errorsByCode, metricsText, send, type Call } from './wire.ts';

export type Group =
  | 'request cost'
  | 'connections'
  | 'growth'
  | 'keys'
  | 'browsers'
  | 'datasets'
  | 'models'
  | 'availability';

/** One thing a hostile client, model, store or host does. */
export interface Attack {
  readonly name: string;
  readonly group: Group;
  /**
   * Whether it takes time, memory or connections, so that /livez, other callers' goodput and memory are judged while it
   * runs, after a quiet while that they are compared with.
   */
  readonly isLoad?: boolean;
  run(context: AttackContext): Promise<Outcome>;
}

export interface Outcome {
  readonly held: boolean;
  /** What was seen, in a few words with numbers. */
  readonly figures: string;
}

export interface AttackContext {
  /** The server that is attacked; its origin, without a slash at the end. */
  readonly url: string;
  readonly callers: Callers;
  /** Known of a server this program started; undefined with --url. */
  readonly own: OwnServer | undefined;
  /** A further server, which ends with the attack. */
  readonly startServer: (options?: OwnServerOptions) => Promise<OwnServer>;
}

/** The attack cannot be tried here: what it needs is missing. */
export class NotTried extends Error {}

/** The server this program started. NotTried where the attacked one is somebody's own. */
export function ownServerOf({ own }: AttackContext): OwnServer {
  if (!own) throw new NotTried('needs a server that this program starts');
  return own;
}

/** A call that must be refused. */
export interface Trespass {
  readonly title: string;
  /** Gives the status and the code of the error, undefined where there was none. */
  readonly send: () => Promise<{ readonly status: number; readonly code?: string | undefined }>;
  readonly statuses: readonly number[];
}

/** A call that must be refused with one of these statuses. */
export function trespass(
  url: string,
  title: string,
  call: Call,
  statuses: readonly number[],
): Trespass {
  return { title, statuses, send: () => send(url, call) };
}

/** Makes every call; held when each is refused as it should be, and counted in glimpse_errors_total. */
export async function allRefused(url: string, calls: readonly Trespass[]): Promise<Outcome> {
  const before = errorsByCode(await metricsText(url));
  const wrong: string[] = [];
  const refused = new Map<string, number>();
  for (const { title, send, statuses } of calls) {
    const { status, code } = await send();
    if (!statuses.includes(status)) wrong.push(`${title}: ${status} ${code ?? ''}`.trim());
    if (code !== undefined) refused.set(code, (refused.get(code) ?? 0) + 1);
  }
  const after = errorsByCode(await metricsText(url));
  const uncounted = [...refused].filter(
    ([code, times]) => (after.get(code) ?? 0) - (before.get(code) ?? 0) < times,
  );
  wrong.push(...uncounted.map(([code]) => `${code} not counted`));
  const figures = [
    `${calls.length} calls, ${[...refused.values()].reduce((a, b) => a + b, 0)} refused and counted`,
  ];
  return { held: wrong.length === 0, figures: [...figures, ...wrong].join('; ') };
}
