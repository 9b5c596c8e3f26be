import { join } from 'node:path';
import { ConfigError, type Config } from '../config.ts';
import type { AppSettings } from '../http/app-settings.ts';
import { packageRoot, packageVersion } from '../package.ts';
import { spokenDialects } from './dialects.ts';

/** What of the configuration the HTTP server goes by. */
export function appSettings(config: Config): AppSettings {
  return {
    version: packageVersion,
    defaultModel: config.GLIMPSE_DEFAULT_MODEL,
    maxBodyBytes: config.GLIMPSE_BODY_LIMIT_BYTES,
    maxImages: config.GLIMPSE_MAX_IMAGES_PER_REQUEST,
    maxUploadBytes: config.GLIMPSE_TRAIN_BODY_LIMIT_BYTES,
    maxModelBytes: config.GLIMPSE_MAX_ARTIFACT_BYTES,
    uploadDir: join(config.GLIMPSE_DATA_DIR, 'uploads'),
    requestTimeoutMs: config.GLIMPSE_REQUEST_TIMEOUT_MS,
    dialects: spokenDialects(config),
    consoleFolder:
      config.GLIMPSE_CONSOLE === 'on' ? join(packageRoot, 'dist', 'console') : undefined,
    basePath: basePathOf(config),
  };
}

/** GLIMPSE_BASE_PATH as it is put before addresses. ConfigError for what cannot stand there. */
function basePathOf({ GLIMPSE_BASE_PATH: path }: Config): string {
  if (/^(?:\/[\w.~-]+)*$/.test(path)) return path;
  throw new ConfigError(
    `GLIMPSE_BASE_PATH=${path} does not fit: it takes a path that begins with a slash and ends without one.`,
  );
}
