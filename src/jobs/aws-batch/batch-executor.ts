import type { BatchClient, JobSummary } from '@aws-sdk/client-batch';
import { errors, messageOf } from '../../errors.ts';
import type { ExecutorListener, JobExecutor } from '../executor.ts';
import { createWatched } from './watched.ts';

/** Where AWS Batch takes jobs; credentials and region are the SDK's own business. */
export interface BatchPlace {
  /** Name or ARN. */
  readonly queue: string;
  /** Name, name:revision or ARN. It starts `glimpse worker --job Ref::job`. */
  readonly definition: string;
}

/** Has jobs worked on by AWS Batch, a container for each. */
export interface BatchExecutor extends JobExecutor {
  /** Why nothing could be submitted when it was last tried, for people. */
  readonly problem: string | undefined;
  close(): Promise<void>;
}

export interface BatchExecutorOptions extends BatchPlace {
  /** How often those who follow a job are told to look at its record: Batch tells nobody. */
  readonly pollMs: number;
  /** Called for failures that no caller receives. */
  readonly onProblem: (problem: string) => void;
}

/** A call that is not answered within this time is one that failed. */
const ANSWER_MS = 10_000;
const running = 'RUNNING';
const over = new Set(['SUCCEEDED', 'FAILED']);

/** An executor that speaks to AWS when it is first asked for something. */
export function createBatchExecutor(options: BatchExecutorOptions): BatchExecutor {
  const { queue, definition, pollMs, onProblem } = options;
  const watched = createWatched(pollMs);
  let connecting: Promise<Connection> | undefined;
  let problem: string | undefined;

  const ask = async <T>(call: (connection: Connection) => Promise<T>): Promise<T> => {
    try {
      const answer = await call(await (connecting ??= connect()));
      problem = undefined;
      return answer;
    } catch (error) {
      const reason = `AWS Batch: ${messageOf(error)}`;
      if (problem === undefined) onProblem(reason);
      problem = reason;
      throw new errors.GLIMPSE_JOBS_UNAVAILABLE(reason);
    }
  };
  /** All that Batch has of a job and has not ended: there may be several, where two servers submitted it in one moment. */
  const unfinished = ({ sdk, client }: Connection, id: string): Promise<JobSummary[]> =>
    listAll(sdk, client, queue, nameOf(id)).then((jobs) =>
      jobs.filter(({ status }) => !over.has(status ?? '')),
    );
  return {
    get problem() {
      return problem;
    },
    async submit({ id }) {
      await ask(async (connection) => {
        if ((await unfinished(connection, id)).length > 0) return;
        const { sdk, client } = connection;
        const job = { jobName: nameOf(id), jobQueue: queue, jobDefinition: definition };
        await client.send(new sdk.SubmitJobCommand({ ...job, parameters: { job: id } }));
      });
      watched.add(id);
    },
    describe: (id) =>
      ask(async (connection) => {
        const jobs = await unfinished(connection, id);
        if (jobs.length === 0) return undefined;
        watched.add(id);
        return jobs.some(({ status }) => status === running) ? 'running' : 'waiting';
      }),
    cancel: (id) =>
      ask(async (connection) => {
        const { sdk, client } = connection;
        const jobs = await unfinished(connection, id);
        for (const { jobId, status } of jobs) {
          // Whoever works on a job looks at its record, and stops by that: to be terminated would be to be interrupted.
          if (status === running) continue;
          const reason = 'The job was cancelled.';
          await client.send(new sdk.TerminateJobCommand({ jobId, reason }));
        }
        return jobs.length > 0;
      }),
    events: (listener: ExecutorListener) => watched.listen(listener),
    async close() {
      watched.close();
      await connecting?.then(({ client }) => client.destroy()).catch(() => {});
    },
  };
}

/** Batch takes letters, digits, hyphens and underscores: ours are hexadecimal. */
function nameOf(id: string): string {
  return `glimpse-${id}`;
}

interface Connection {
  readonly sdk: typeof import('@aws-sdk/client-batch');
  readonly client: BatchClient;
}

/** The SDK is loaded where jobs go to Batch and nowhere else. */
async function connect(): Promise<Connection> {
  const sdk = await import('@aws-sdk/client-batch');
  const requestHandler = { requestTimeout: ANSWER_MS, throwOnRequestTimeout: true };
  return { sdk, client: new sdk.BatchClient({ maxAttempts: 3, requestHandler }) };
}

async function listAll(
  sdk: Connection['sdk'],
  client: BatchClient,
  jobQueue: string,
  name: string,
): Promise<JobSummary[]> {
  const found: JobSummary[] = [];
  let nextToken: string | undefined;
  do {
    const filters = [{ name: 'JOB_NAME', values: [name] }];
    const page = await client.send(new sdk.ListJobsCommand({ jobQueue, filters, nextToken }));
    found.push(...(page.jobSummaryList ?? []));
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  // A filter of names takes a pattern; what is told of another job must not count here.
  return found.filter(({ jobName }) => jobName === name);
}
