import { connectAnswers, quantileOf, type Connection, type Target } from './load.ts';
import { cpuSeconds } from './machine.ts';

/** Requests that come when they come, whether or not those before them were answered. */
export interface Arrivals {
  readonly answers: number;
  /** Answers other than 200; a run with any is not a measurement. */
  readonly refused: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly cpuMs: number;
}

/**
 * Sends `count` requests at a fixed rate, each on a connection that has nothing else to do: the load is the
 * same however slow the answers are, and no slow answer keeps the next request from being sent and counted. Each
 * answer of status 200 is shown to `onAnswer`.
 */
export async function arrive(
  { port, pid }: Target,
  request: Buffer,
  { perSecond, count }: { readonly perSecond: number; readonly count: number },
  onAnswer: (body: Buffer) => void = () => {},
): Promise<Arrivals> {
  const idle: Connection[] = [];
  const opened: Connection[] = [];
  const latencies: number[] = [];
  let refused = 0;
  const open = async (): Promise<Connection> => {
    const connection = await connectAnswers(port);
    opened.push(connection);
    return connection;
  };
  // Some are open before the first request; more are opened only when all of them are waiting.
  for (let spare = 0; spare < SPARE; spare += 1) idle.push(await open());
  const send = async (): Promise<void> => {
    const connection = idle.pop() ?? (await open());
    const sent = performance.now();
    const { status, body } = await connection.ask(request);
    latencies.push(performance.now() - sent);
    if (status === 200) onAnswer(body);
    else refused += 1;
    idle.push(connection);
  };
  const cpuBefore = cpuSeconds(pid);
  const started = performance.now();
  const sending: Promise<void>[] = [];
  try {
    for (let index = 0; index < count; index += 1) {
      const waitMs = started + (index * 1000) / perSecond - performance.now();
      if (waitMs > 0) await new Promise((resolve) => void setTimeout(resolve, waitMs));
      sending.push(send());
    }
    await Promise.all(sending);
  } finally {
    for (const connection of opened) connection.close();
  }
  const quantile = quantileOf(latencies);
  return {
    answers: latencies.length,
    refused,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    maxMs: quantile(1),
    cpuMs: ((cpuSeconds(pid) - cpuBefore) * 1000) / latencies.length,
  };
}

const SPARE = 8;
