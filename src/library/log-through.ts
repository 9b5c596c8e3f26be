import type { FastifyBaseLogger } from 'fastify';
import { pino, type Logger } from 'pino';

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** The log of an application as one of ours; what is no pino gets the same lines by its own methods. */
export function logThrough(log: FastifyBaseLogger): Logger {
  if (isPino(log)) return log;
  return pino(
    // A log that writes nothing has no level.
    { level: log.level in pino.levels.values ? log.level : 'info', base: null },
    {
      write(line: string) {
        const { level, time: _, msg = '', ...facts } = JSON.parse(line);
        log[levelOf(level)](facts, String(msg));
      },
    },
  );
}

function isPino(log: FastifyBaseLogger): log is Logger {
  return 'bindings' in log && 'isLevelEnabled' in log;
}

function levelOf(value: unknown): Level {
  const label = pino.levels.labels[Number(value)];
  switch (label) {
    case 'fatal':
    case 'error':
    case 'warn':
    case 'debug':
    case 'trace':
      return label;
    default:
      return 'info';
  }
}
