import { setTimeout as sleep } from 'node:timers/promises';
import { connectAnswers, quantileOf, type Connection, type Target } from './load.ts';
import { cpuSeconds } from './machine.ts';

/** How requests come: from callers who each wait for their answer, or at a rate of their own. */
export type Pace = { readonly connections: number } | { readonly perSecond: number };

/** What became of a flood of requests. */
export interface Flood {
  /** Answered with 200 within the deadline, in a second. */
  readonly goodPerSecond: number;
  readonly goodP99Ms: number;
  /** Everything that was answered, in a second. */
  readonly answersPerSecond: number;
  /** Other answers by their codes; `late` is a 200 after the deadline, `cut` a connection that ended without an answer. */
  readonly others: Readonly<Record<string, number>>;
  /** Of answers that say no: how long they took. */
  readonly refusedP50Ms: number;
  readonly refusedP99Ms: number;
  readonly refused: number;
  readonly good: number;
  /** Processor time of the server in the whole flood. */
  readonly cpuMs: number;
  /** Cores that the server had. */
  readonly cores: number;
  /** Cores that the sender of the flood took, which the server did not have. */
  readonly senderCores: number;
}

export interface FloodTimes {
  /** Before anything is counted: until the queue is as full as it is going to be. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** An answer after it is not a good one. */
  readonly deadlineMs: number;
}

/** Open connections of a flood at a rate of its own; whoever finds none waits like a caller in a full room. */
const maxConnections = 1_000;
/** What was sent at the end is waited for so long beyond its deadline. */
const patienceMs = 1_000;

/**
 * Sends requests for so many seconds, and counts what was answered in them. Who is refused asks again at once, and
 * heeds no Retry-After: it is the worst that a server meets.
 */
export async function flood(
  { port, pid }: Target,
  request: Buffer,
  pace: Pace,
  { warmUpSeconds, seconds, deadlineMs }: FloodTimes,
): Promise<Flood> {
  const tally = createTally(deadlineMs);
  const idle: Connection[] = [];
  const opened = new Set<Connection>();
  const ask = async (connection: Connection | undefined): Promise<Connection | undefined> => {
    const sent = performance.now();
    let used = connection;
    try {
      if (!used) opened.add((used = await connectAnswers(port)));
      const { status, body } = await used.ask(request);
      tally.note(status, body, performance.now() - sent);
      return used;
    } catch {
      tally.cut();
      if (used) opened.delete(used);
      return undefined;
    }
  };
  const started = performance.now();
  const until = started + (warmUpSeconds + seconds) * 1000;
  const talk = async (): Promise<void> => {
    let connection: Connection | undefined;
    while (performance.now() < until) connection = await ask(connection);
  };
  const arrive = async (perSecond: number): Promise<void> => {
    let waiting = 0;
    const send = async (): Promise<void> => {
      waiting += 1;
      const connection = await ask(idle.pop());
      waiting -= 1;
      if (connection) idle.push(connection);
    };
    for (let index = 0; performance.now() < until; index += 1) {
      const waitMs = started + (index * 1000) / perSecond - performance.now();
      if (waitMs > 1) await sleep(waitMs);
      if (idle.length === 0 && waiting >= maxConnections) continue;
      void send();
    }
  };
  const sending =
    'perSecond' in pace
      ? arrive(pace.perSecond)
      : Promise.all(Array.from({ length: pace.connections }, talk));
  await sleep(warmUpSeconds * 1000);
  tally.begin();
  const [cpuBefore, ownBefore] = [cpuSeconds(pid), process.cpuUsage()];
  await sleep(Math.max(0, until - performance.now()));
  const own = process.cpuUsage(ownBefore);
  const senderMs = (own.user + own.system) / 1000;
  const found = tally.end(seconds, (cpuSeconds(pid) - cpuBefore) * 1000, senderMs);
  await Promise.race([sending, sleep(deadlineMs + patienceMs)]);
  for (const connection of opened) connection.close();
  return found;
}

function createTally(deadlineMs: number) {
  const good: number[] = [];
  const refused: number[] = [];
  const others: Record<string, number> = {};
  let isCounting = false;
  const other = (name: string): void => {
    if (isCounting) others[name] = (others[name] ?? 0) + 1;
  };
  return {
    note(status: number, body: Buffer, ms: number): void {
      if (!isCounting) return;
      if (status === 200 && ms <= deadlineMs) good.push(ms);
      else if (status === 200) other('late');
      else {
        refused.push(ms);
        other(/"code":"GLIMPSE_(\w+)"/.exec(body.toString('latin1', 0, 200))?.[1] ?? `${status}`);
      }
    },
    cut: () => other('cut'),
    begin: () => void (isCounting = true),
    end(seconds: number, cpuMs: number, senderMs: number): Flood {
      isCounting = false;
      const [ofGood, ofRefused] = [quantileOf(good), quantileOf(refused)];
      return {
        goodPerSecond: good.length / seconds,
        goodP99Ms: ofGood(0.99),
        answersPerSecond: (good.length + refused.length + (others['late'] ?? 0)) / seconds,
        others,
        refusedP50Ms: ofRefused(0.5),
        refusedP99Ms: ofRefused(0.99),
        refused: refused.length,
        good: good.length,
        cpuMs,
        cores: cpuMs / (seconds * 1000),
        senderCores: senderMs / (seconds * 1000),
      };
    },
  };
}
