import { createExporter } from '../exporting/exporter.ts';
import type { AppOptions } from '../http/app.ts';
import { packageVersion } from '../package.ts';
import type { Repository } from '../repository/repository.ts';
import type { Predictor } from '../serving/predictor.ts';
import { replay } from '../serving/replay.ts';
import type { Evidence } from './evidence.ts';

/** Versions as files; and replays by the predictor that answers callers, where predictions are logged. */
export function bindVersionCalls(
  repository: Repository,
  { logStore }: Evidence,
  predictor: Predictor,
): Pick<AppOptions, 'replay' | 'exporter'> {
  return {
    replay: logStore && ((request) => replay(logStore, predictor, request)),
    exporter: createExporter(repository, packageVersion),
  };
}
