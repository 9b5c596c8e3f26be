import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServerProcess, type ServerProcess } from '../../support/server-process.ts';
import { shippedModels } from '../../support/shipped-models.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { freePort, grpcClient } from './grpc-client.ts';

const numbers = {
  model_name: 'digits',
  inputs: [
    {
      name: 'pixels',
      datatype: 'UINT8',
      shape: [4, 28, 28],
      contents: { uint_contents: Array.from({ length: 4 * 784 }, (_, at) => at % 256) },
    },
  ],
};
const inferRoute = '/v2/models/:model/infer';
const processes = 2;

describe('gRPC on a server of two processes', { timeout: 60_000 }, () => {
  let server: ServerProcess;
  let port = 0;
  /** Each on a connection of its own, so that every process gets its turn. */
  const open = () => grpcClient(port, undefined, { 'grpc.use_local_subchannel_pool': 1 });

  const answeredLines = () => server.lines.filter(({ route }) => route === inferRoute);

  beforeAll(async () => {
    port = await freePort();
    server = startServerProcess({
      GLIMPSE_HOST: '127.0.0.1',
      GLIMPSE_PORT: '0',
      GLIMPSE_GRPC_PORT: String(port),
      GLIMPSE_PROCESSES: String(processes),
      GLIMPSE_REPOSITORY: await shippedModels(),
      GLIMPSE_DATA_DIR: await temporaryFolder(),
      GLIMPSE_DRAIN_DELAY_MS: '300',
      GLIMPSE_MAX_QUEUE_SIZE: '4096',
    });
    await server.line(({ msg }) => msg === 'Glimpse is up');
    const listening = () => server.lines.filter(({ grpcPort }) => grpcPort === port).length;
    while (listening() < processes) await delay(20);
  }, 60_000);
  afterAll(async () => {
    server.child.kill('SIGKILL');
    await server.ended;
  });

  it('is answered by all of them, and what is one process’s own by the first', async () => {
    const clients = Array.from({ length: 12 }, open);
    const answers = await Promise.all(clients.map((client) => client.ask('ModelInfer', numbers)));
    expect(answers.flatMap(({ error }) => error ?? [])).toEqual([]);
    while (answeredLines().length < 12) await delay(20);
    expect(new Set(answeredLines().map((line) => line['process'])).size).toBe(processes);
    for (const client of clients) {
      const { answer } = await client.ask('RepositoryIndex');
      expect(answer.models).toMatchObject([{ name: 'digits', version: '2', state: 'READY' }]);
      client.close();
    }
  });

  it('answers all that it has taken while it stops, and tells its clients to go', async () => {
    const before = answeredLines().length;
    const outcomes: number[] = [];
    const worker = async (): Promise<void> => {
      const client = open();
      for (let code = 0; code === 0;) {
        const { error } = await client.ask('ModelInfer', numbers);
        code = error?.code ?? 0;
        outcomes.push(code);
      }
      client.close();
    };
    const workers = Array.from({ length: 8 }, worker);
    while (outcomes.length < 50) await delay(5);
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    await Promise.all(workers);
    const answered = outcomes.filter((code) => code === 0).length;
    // Whoever comes too late finds nobody; no call that was taken ends otherwise than with its answer.
    expect(outcomes.filter((code) => code !== 0)).toEqual(workers.map(() => 14));
    const lines = answeredLines().slice(before);
    expect(lines.filter(({ status }) => status !== 200)).toEqual([]);
    expect(lines).toHaveLength(answered);
  });
});
