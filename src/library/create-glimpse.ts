import type { Logger } from 'pino';
import { GlimpseClient } from '../client/exported.ts';
import { composeServer, type Server } from '../compose.ts';
import { inProcessFetch } from './in-process-fetch.ts';
import type { GlimpseSettings } from './glimpse-settings.ts';
import { configOf, prepareRepository, quietLog } from './settings.ts';

export interface CreateGlimpseOptions extends GlimpseSettings {
  /** Default: warnings and errors, on stderr. */
  readonly logger?: Logger;
  /** A key of the keys file, where the settings name one: calls of the program are let in as those of anybody. */
  readonly key?: string;
}

/** A whole Glimpse inside of this program: the calls of the client, answered here. */
export class Glimpse extends GlimpseClient {
  readonly #server: Server;

  /** @internal */
  constructor(server: Server, key: string | undefined) {
    const fetch = inProcessFetch(server.app);
    super({ url: 'http://localhost', fetch, ...(key !== undefined && { key }) });
    this.#server = server;
  }

  /** Answers what it has taken, puts its jobs aside, and closes everything. */
  async close(): Promise<void> {
    await this.#server.stop();
  }
}

/**
 * Opens a Glimpse in this process that listens nowhere: it trains, publishes, loads and predicts as a server does, with the same
 * limits. Resolves when the default model answers, or is known not to. Close it.
 */
export async function createGlimpse(options: CreateGlimpseOptions = {}): Promise<Glimpse> {
  const config = configOf(options);
  await prepareRepository(options, config);
  const { logger = quietLog(), key } = options;
  const server = await composeServer(config, logger, (made) => announce(made));
  try {
    await server.app.ready();
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return new Glimpse(server, key);
}

/** Shown once, to people: a log is kept and read by many. */
function announce(key: string): void {
  process.stderr.write(`The admin key of this Glimpse, shown this once: ${key}\n`);
}
