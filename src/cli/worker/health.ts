import { createServer, type Server } from 'node:http';
import type { Config } from '../../config.ts';
import type { JobWorker } from '../../compose/jobs/worker.ts';

/**
 * What a load balancer and Prometheus ask a worker: /livez, /readyz and /metrics, as they ask a server. It takes no
 * other call.
 */
export async function listenForHealth(
  worker: Pick<JobWorker, 'metrics' | 'problem'>,
  { GLIMPSE_HOST: host, GLIMPSE_PORT: port }: Config,
): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const { status, type, body } = await answerTo(request.url ?? '', worker);
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    };
    answer().catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return server;
}

interface HealthAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

async function answerTo(
  path: string,
  worker: Pick<JobWorker, 'metrics' | 'problem'>,
): Promise<HealthAnswer> {
  const json = 'application/json; charset=utf-8';
  if (path === '/livez') return { status: 200, type: json, body: '{"status":"ok"}' };
  if (path === '/readyz') {
    const why = worker.problem();
    const body = { ready: why === undefined, reasons: why === undefined ? [] : [why] };
    return { status: body.ready ? 200 : 503, type: json, body: JSON.stringify(body) };
  }
  if (path === '/metrics') {
    const { contentType, body } = await worker.metrics.render();
    return { status: 200, type: contentType, body };
  }
  return {
    status: 404,
    type: json,
    body: '{"error":"a worker answers /livez, /readyz and /metrics"}',
  };
}
