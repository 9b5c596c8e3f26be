import { pino } from 'pino';
import { createCancellation } from '../cancellation.ts';
import { openLogStore } from '../compose/evidence.ts';
import { openPredictor } from '../compose/serving.ts';
import { readConfig, type Config } from '../config.ts';
import { errors } from '../errors.ts';
import { replay, type ChangedAnswer, type ReplayResult } from '../serving/replay.ts';
import { defineCommand, print, UsageError, type ValuesOf } from './command.ts';
import { count, flag, text } from './options.ts';
import { table } from './table.ts';

const options = {
  model: text('NAME', 'whose predictions; unless given, GLIMPSE_DEFAULT_MODEL'),
  version: count('N', 'the version that is asked again'),
  from: text('TIME', 'predictions from then on, e.g. 2026-11-27; unless given, of the last day'),
  to: text('TIME', 'until then; unless given, until now'),
  limit: count('N', 'images at most; unless given, all'),
  json: flag('for machines'),
};

export const command = defineCommand({
  name: 'replay',
  description:
    'Runs images of the prediction log (GLIMPSE_PREDICTION_LOG) through a version of the repository, in this process, and shows every answer that changes.',
  options,
  run,
});

const dayMs = 24 * 60 * 60 * 1000;

async function run({ model, version, from, to, limit, json }: ValuesOf<typeof options>) {
  if (version === undefined) throw new UsageError('Say which --version is asked again.');
  const config = readConfig();
  const until = to === undefined ? Date.now() : timeOf(to);
  const result = await replayHere(config, {
    model: model ?? config.GLIMPSE_DEFAULT_MODEL,
    version,
    from: from === undefined ? until - dayMs : timeOf(from),
    to: until,
    limit: limit ?? Number.POSITIVE_INFINITY,
  });
  print(json ? JSON.stringify(result, null, 2) : inWords(result));
  return 0;
}

function timeOf(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new UsageError(`"${text}" is no date or time.`);
  return time;
}

async function replayHere(
  config: Config,
  asked: Omit<Parameters<typeof replay>[2], 'cancellation'>,
): Promise<ReplayResult> {
  const store = openLogStore(config);
  if (!store) throw new errors.GLIMPSE_NO_PREDICTION_LOG();
  const local = await openPredictor(config, pino({ level: 'silent' }));
  const cancellation = createCancellation();
  try {
    return await replay(store, local.predictor, { ...asked, cancellation });
  } finally {
    await local.close();
    await store.close();
  }
}

function inWords({ model, version, replayed, same, changed, skipped }: ReplayResult): string {
  const summary = `${replayed} logged images of ${model} through version ${version}: ${same} answered alike, ${changed.length} otherwise; ${skipped} had no image or class`;
  if (changed.length === 0) return summary;
  const headings = ['prediction', 'version', 'before', 'score', 'now', 'score'];
  return [summary, '', table(headings, changed.map(rowOf))].join('\n');
}

function rowOf({ id, before, after }: ChangedAnswer): string[] {
  const now = 'error' in after ? [after.error, ''] : [after.class, after.score.toFixed(3)];
  return [id, String(before.version), before.class, before.score?.toFixed(3) ?? '', ...now];
}
