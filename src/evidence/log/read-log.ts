import type { ArtifactStore } from '../../repository/stores/artifact-store.ts';
import { checkName } from '../../repository/names.ts';
import { predictionId, type PredictionName } from '../prediction-id.ts';
import { dayOf, folderOf, imageKey, timesIn } from './log-keys.ts';
import { parseLines, type LogLine } from './log-line.ts';

/** From when to when, in milliseconds since the epoch; both ends belong to it. */
export interface LogRange {
  readonly from: number;
  readonly to: number;
}

/** What reading the log asks of its store. */
export type LogStore = Pick<ArtifactStore, 'folders' | 'list' | 'read'>;

/** The lines of a model in a range of time, as its objects lie in order. */
export async function* readLines(
  store: LogStore,
  model: string,
  { from, to }: LogRange,
  signal?: AbortSignal,
): AsyncGenerator<LogLine> {
  checkName('model name', model);
  const days = await store.folders(folderOf('predictions', model), signal);
  // An object lies under the day of its first line.
  const [first, last] = [from - DAY_MS, to].map((time) => dayOf(Math.min(Math.max(0, time), END)));
  for (const day of days.filter((one) => one >= first! && one <= last!).toSorted()) {
    const keys = (await store.list(folderOf('predictions', model, day), signal))
      .map(({ key }) => key)
      .filter((key) => overlaps(key, from, to));
    for (const key of keys.toSorted()) {
      const found = await store.read(key, { signal });
      if (typeof found !== 'object') continue;
      for (const line of parseLines(found.body)) {
        const time = Date.parse(line.time);
        if (line.model === model && time >= from && time <= to) yield line;
      }
    }
  }
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Later days are not written with four digits, and would be sorted before all others. */
const END = Date.UTC(9999, 11, 31);

function overlaps(key: string, from: number, to: number): boolean {
  const times = timesIn(key);
  return times !== undefined && times.first <= to && times.last >= from;
}

/** The line of one prediction, looked for where its time says; undefined when it was not logged, or not yet. */
export async function findLine(
  store: LogStore,
  model: string,
  { call, index, time }: PredictionName,
  signal?: AbortSignal,
): Promise<LogLine | undefined> {
  const id = predictionId(call, index);
  for await (const line of readLines(store, model, { from: time, to: time }, signal)) {
    if (line.id === id) return line;
  }
  return undefined;
}

/** The image of a line; undefined when none was kept, or it is kept no longer. */
export async function readImage(
  store: LogStore,
  { model, time, image }: LogLine,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  if (image === undefined || !/^[0-9a-f]{64}$/.test(image)) return undefined;
  const found = await store.read(imageKey(model, Date.parse(time), image), { signal });
  return typeof found === 'object' ? found.body : undefined;
}
