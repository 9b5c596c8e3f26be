import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBatchExecutor } from '../../../src/jobs/aws-batch/batch-executor.ts';

interface BatchJob {
  readonly jobId: string;
  readonly jobName: string;
  status: string;
}

/** As much of AWS Batch as jobs meet, over HTTP; `refusal` is answered instead. */
async function openBatch() {
  const jobs: BatchJob[] = [];
  const calls: { path: string; body: Record<string, unknown> }[] = [];
  const state: { refusal?: string } = {};
  const answer = (path: string, body: Record<string, unknown>): unknown => {
    if (path === '/v1/submitjob') {
      const job = {
        jobId: `id-${jobs.length}`,
        jobName: String(body['jobName']),
        status: 'RUNNABLE',
      };
      jobs.push(job);
      return job;
    }
    if (path === '/v1/listjobs') {
      // Two pages, and what a pattern would find besides.
      const first = body['nextToken'] === undefined;
      const page = jobs.filter((_, index) => (index === 0) === first);
      return { jobSummaryList: page, ...(first && { nextToken: 'more' }) };
    }
    const job = jobs.find(({ jobId }) => jobId === body['jobId']);
    if (job) job.status = 'FAILED';
    return {};
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = Buffer.concat(await request.toArray()).toString();
    const [path, body] = [request.url ?? '', JSON.parse(text) as Record<string, unknown>];
    calls.push({ path, body });
    response.setHeader('content-type', 'application/json');
    if (state.refusal === undefined) response.end(JSON.stringify(answer(path, body)));
    else {
      response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' });
      response.end(JSON.stringify({ message: state.refusal }));
    }
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { jobs, calls, state, url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

const id = 'a1'.repeat(8);
const ticket = { id, kind: 'train' } as const;

describe('jobs in AWS Batch', () => {
  let batch: Awaited<ReturnType<typeof openBatch>>;
  let executor: ReturnType<typeof createBatchExecutor>;
  const problems: string[] = [];
  beforeEach(async () => {
    batch = await openBatch();
    vi.stubEnv('AWS_ENDPOINT_URL_BATCH', batch.url);
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'y');
    problems.length = 0;
    const place = { queue: 'glimpse', definition: 'glimpse-job:3' };
    executor = createBatchExecutor({
      ...place,
      pollMs: 10,
      onProblem: (one) => problems.push(one),
    });
  });
  afterEach(async () => {
    await executor.close();
    batch.close();
    vi.unstubAllEnvs();
  });
  const submitted = () => batch.calls.filter(({ path }) => path === '/v1/submitjob');

  it('are submitted once, with their id as the parameter of the command', async () => {
    await executor.submit(ticket);
    await executor.submit(ticket);
    expect(submitted().map(({ body }) => body)).toEqual([
      {
        jobName: `glimpse-${id}`,
        jobQueue: 'glimpse',
        jobDefinition: 'glimpse-job:3',
        parameters: { job: id },
      },
    ]);
  });

  it('are submitted again when Batch is done with them and they are not', async () => {
    await executor.submit(ticket);
    batch.jobs[0]!.status = 'FAILED';
    expect(await executor.describe(id)).toBeUndefined();
    await executor.submit(ticket);
    expect(submitted()).toHaveLength(2);
  });

  it.each([
    ['SUBMITTED', 'waiting'],
    ['PENDING', 'waiting'],
    ['RUNNABLE', 'waiting'],
    ['STARTING', 'waiting'],
    ['RUNNING', 'running'],
    ['SUCCEEDED', undefined],
    ['FAILED', undefined],
  ])('are, as %s, %s here', async (status, expected) => {
    await executor.submit(ticket);
    batch.jobs[0]!.status = status;
    expect(await executor.describe(id)).toBe(expected);
  });

  it('of another name that a pattern finds do not count, wherever in the pages they are', async () => {
    await executor.submit({ id: `${id}0`, kind: 'train' });
    expect(await executor.describe(id)).toBeUndefined();
    await executor.submit(ticket);
    expect(await executor.describe(id)).toBe('waiting');
  });

  it('are taken out while they wait, and end by their record while they run', async () => {
    expect(await executor.cancel(id)).toBe(false);
    await executor.submit(ticket);
    expect(await executor.cancel(id)).toBe(true);
    expect(batch.jobs[0]!.status).toBe('FAILED');
    await executor.submit(ticket);
    batch.jobs[1]!.status = 'RUNNING';
    expect(await executor.cancel(id)).toBe(true);
    expect(batch.jobs[1]!.status).toBe('RUNNING');
  });

  it('that run have whoever follows them look at their record', async () => {
    const told = new Promise<string>((resolve) => void executor.events(resolve));
    await executor.submit(ticket);
    expect(await told).toBe(id);
  });

  it('are refused with the reason of AWS, which is told once and forgotten when it answers again', async () => {
    batch.state.refusal = 'not authorized to perform batch:ListJobs';
    for (let tries = 0; tries < 2; tries += 1) {
      await expect(executor.submit(ticket)).rejects.toMatchObject({
        code: 'GLIMPSE_JOBS_UNAVAILABLE',
        message: expect.stringContaining('batch:ListJobs') as string,
      });
    }
    expect(problems).toHaveLength(1);
    expect(executor.problem).toContain('batch:ListJobs');
    delete batch.state.refusal;
    await executor.submit(ticket);
    expect(executor.problem).toBeUndefined();
  });
});
