import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { composeServer } from '../src/compose.ts';
import { readConfig } from '../src/config.ts';

/** The OpenAPI document of the running code, as text. Nothing is loaded, opened or listened to for it. */
export async function renderContract(): Promise<string> {
  const config = readConfig({
    GLIMPSE_REPOSITORY: 'memory:',
    GLIMPSE_DATA_DIR: join(tmpdir(), 'glimpse-contract'),
  });
  const server = await composeServer(config, pino({ level: 'silent' }));
  try {
    await server.app.ready();
    return (await server.app.inject('/docs/yaml')).body;
  } finally {
    await server.stop();
  }
}
