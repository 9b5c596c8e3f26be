import { createServer, type AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createBullmqExecutor } from '../../../src/jobs/bullmq/bullmq-executor.ts';

const ticket = { id: 'a'.repeat(16), kind: 'train' } as const;

/** As much of a Redis as tells of itself. */
async function redisWith(policy: string): Promise<number> {
  const info = `redis_version:7.0.15\r\nloading:0\r\nmaxmemory_policy:${policy}\r\n`;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      for (const command of bytes.toString('latin1').split(/(?=\*\d+\r\n)/)) {
        const isInfo = /\r\ninfo\r\n/i.test(command);
        socket.write(isInfo ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function executorAt(port: number) {
  const problems: string[] = [];
  const executor = createBullmqExecutor({
    url: `redis://me:a-password@127.0.0.1:${port}/0`,
    prefix: '{test}',
    onProblem: (problem) => problems.push(problem),
  });
  onTestFinished(() => executor.close());
  return { executor, problems };
}

it('a Redis that evicts keys gets no job: it would lose it without a word', async () => {
  const { executor, problems } = executorAt(await redisWith('allkeys-lru'));
  const refused = expect.objectContaining({
    code: 'GLIMPSE_JOBS_UNAVAILABLE',
    message: expect.stringContaining(
      'its maxmemory-policy is allkeys-lru, and has to be noeviction',
    ),
  });
  await expect(executor.submit(ticket)).rejects.toEqual(refused);
  await expect(executor.describe(ticket.id)).rejects.toEqual(refused);
  expect(executor.problem).toContain('allkeys-lru');
  expect(problems).toHaveLength(1);
});

it('a Redis that does not answer is told of once, and never with its password', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const { executor, problems } = executorAt(port);
  const error = await executor.submit(ticket).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'GLIMPSE_JOBS_UNAVAILABLE', statusCode: 503 });
  expect(String(error)).toContain('ECONNREFUSED');
  expect(problems).toHaveLength(1);
  expect(JSON.stringify([String(error), problems])).not.toContain('a-password');
});
