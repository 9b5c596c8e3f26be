/**
 * Where the parts of a prediction log lie, below a folder or prefix of its own:
 * `predictions/<model>/<day>/<first>-<last>-<writer>-<number>.ndjson`, `images/<model>/<day>/<sha256>` and, of
 * predictions that somebody has labelled, `feedback/<model>/<prediction id>/`. Days are UTC, times milliseconds since 1970.
 */
export const logFolders = ['predictions', 'images'] as const;
type LogFolder = (typeof logFolders)[number];

export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

export function folderOf(folder: LogFolder, model: string, day?: string): string {
  return day === undefined ? `${folder}/${model}` : `${folder}/${model}/${day}`;
}

/** One object of lines: the times of its first and last line, so that one is found without reading all. */
interface LinesName {
  readonly first: number;
  readonly last: number;
  /** Tells the objects of servers apart that write at once. */
  readonly writer: string;
  readonly number: number;
}

export function linesKey(model: string, { first, last, writer, number }: LinesName): string {
  const name = `${first}-${last}-${writer}-${number}.ndjson`;
  return `${folderOf('predictions', model, dayOf(first))}/${name}`;
}

export function imageKey(model: string, time: number, digest: string): string {
  return `${folderOf('images', model, dayOf(time))}/${digest}`;
}

/** The day of a key that retention looks after. */
export function dayIn(key: string): string | undefined {
  return /^(?:predictions|images)\/[^/]+\/(\d{4}-\d{2}-\d{2})\//.exec(key)?.[1];
}

/** The times in the key of an object of lines; undefined for another key. */
export function timesIn(
  key: string,
): { readonly first: number; readonly last: number } | undefined {
  const [, first, last] = /\/(\d{13})-(\d{13})-[^/]+\.ndjson$/.exec(key) ?? [];
  return first === undefined ? undefined : { first: Number(first), last: Number(last) };
}

/** The folder of everything that was said about predictions of a model: it stays when the log is pruned. */
export function feedbackFolder(model: string): string {
  return `feedback/${model}`;
}

/** What somebody said about one prediction, or the copy of its image. */
export function feedbackKey(model: string, id: string, part: 'label.json' | 'image'): string {
  return `${feedbackFolder(model)}/${id}/${part}`;
}
