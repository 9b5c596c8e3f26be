/**
 * The container's health check: asks this machine's own /livez and says yes by exit code 0.
 * A script of ours, so that the image needs neither curl nor a shell.
 */
import { get } from 'node:http';
import { readConfig } from './config.ts';

/** Shorter than the timeout of the HEALTHCHECK instruction, so that the reason is printed and kept. */
const timeoutMs = 4_000;

/** A server bound to every address answers on the loopback; one bound to a single address only there. */
function addressToAsk(host: string): string {
  return ['0.0.0.0', '::', ''].includes(host) ? '127.0.0.1' : host;
}

/** Undefined when /livez answers 200, otherwise the reason it counts as dead. */
function whyUnhealthy(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get({ host, port, path: '/livez', timeout: timeoutMs }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200 ? undefined : `/livez answered ${answer.statusCode}`);
    });
    request.on('timeout', () => request.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    request.on('error', (error) => resolve(`/livez on ${host}:${port}: ${error.message}`));
  });
}

const { GLIMPSE_HOST, GLIMPSE_PORT } = readConfig();
const reason = await whyUnhealthy(addressToAsk(GLIMPSE_HOST), GLIMPSE_PORT);
if (reason !== undefined) process.stderr.write(`${reason}\n`);
process.exitCode = reason === undefined ? 0 : 1;
