/** The server as a function of AWS Lambda: `node dist/lambda.js` asks the Runtime API for events and answers them. */
import { keepCompiledCode, saveCompiledCode } from './compose/compile-cache.ts';

keepCompiledCode();
const { composeServer } = await import('./compose.ts');
const { openServerLog } = await import('./compose/observing/server-log.ts');
const { lambdaRuntimeApi, readConfig } = await import('./config.ts');
const { openRuntimeApi } = await import('./lambda/runtime-api.ts');
const { serveEvents } = await import('./lambda/serve-events.ts');

const runtime = openRuntimeApi(lambdaRuntimeApi());
try {
  // A function has one process, and stands still between two calls: no job could go on in it.
  const config = readConfig(undefined, { GLIMPSE_PROCESSES: '1', GLIMPSE_JOBS: 'off' });
  const { logger, writeHeld } = openServerLog(config.GLIMPSE_LOG_LEVEL);
  const server = await composeServer(config, logger);
  for (const warning of server.access.warnings()) logger.warn(warning);
  await server.app.ready();
  await server.start();
  saveCompiledCode();
  writeHeld();
  await serveEvents(server.app, runtime, writeHeld);
} catch (error) {
  await runtime.failInit(error);
  throw error;
}
