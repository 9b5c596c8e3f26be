import { existsSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import type { Logger } from 'pino';
import type { Server } from '../../compose.ts';
import { packageRoot } from '../../package.ts';
import { print } from '../command.ts';

/** Whether it is ready; what keeps it from that goes to the log. */
export function warnUnready(server: Server, logger: Logger): boolean {
  const { ready, reasons } = server.readiness();
  if (!ready) logger.warn({ reasons }, 'not ready yet');
  return ready;
}

/** Where it listens and one line to paste: for people on a terminal, else as a log line. Nothing of one that was stopped while it started. */
export function greet(server: Server, scheme: string, logger: Logger): void {
  const address = server.app.server.address();
  if (address === null) return;
  const url = `${scheme}//localhost:${typeof address === 'object' ? address.port : ''}`;
  const curl = `curl -F image=@${sampleImage()} ${url}/predict`;
  const ready = warnUnready(server, logger);
  const described = server.registry.describe();
  if (!ready && described.length === 0 && server.registry.freshness().seenAt) {
    const next = `curl -X POST ${url}/train -H 'content-type: application/json' -d '{}'`;
    logger.info({ next }, 'there is no model yet: train one, or publish one with glimpse publish');
  }
  if (!process.stdout.isTTY) {
    logger.info({ url, curl, docs: `${url}/docs`, ready }, 'Glimpse is up');
    return;
  }
  const models = described.map(({ model, serving }) =>
    serving === undefined ? model : `${model} version ${serving}`,
  );
  print(`
  Glimpse listens on ${url}  (docs: ${url}/docs)
  ${models.length > 0 ? `Answers with ${models.join(', ')}` : 'Has no model yet: POST /train makes one'}

  ${curl}
`);
}

/** The committed sample as a path that works where the server was started. */
function sampleImage(): string {
  const sample = join(packageRoot, 'samples', 'golden', '7.png');
  if (!existsSync(sample)) return 'your-image.png';
  const near = relative(process.cwd(), sample);
  return near.startsWith('..') || isAbsolute(near) ? sample : near;
}
