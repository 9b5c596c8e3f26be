import { errors } from '../../errors.ts';
import { printable } from '../file-names.ts';
import { isLabelName, type LabelColumn } from '../label-column.ts';
import type { DatasetFile } from '../source.ts';

/** A column that stands in the names of folders, "label=cat", as Hive and Spark's partitionBy write it. */
interface PartitionColumn {
  readonly name: string;
  /** Its value for a file: undefined where Spark had none. */
  valueFor(file: string): string | undefined;
}

/** What Hive writes where there is no value. */
const NO_VALUE = '__HIVE_DEFAULT_PARTITION__';

/** The path of a file without the folders that hold values of columns. */
export function withoutPartitions(name: string): string {
  return name
    .split('/')
    .filter((part, at, all) => at === all.length - 1 || !isPartition(part))
    .join('/');
}

/**
 * The column of labels where it stands in the names of folders and in no file: the one asked for, or the only one
 * with a usual name.
 */
export function labelInFolders(
  files: readonly DatasetFile[],
  wanted: LabelColumn,
): PartitionColumn | undefined {
  const [first, ...others] = files.map(({ name }) => columnsIn(name));
  const names = [...(first ?? new Map<string, string>()).keys()];
  const isMeant = (name: string): boolean =>
    wanted === undefined || wanted === null ? isLabelName(name) : name === wanted;
  const [label, ...more] = names.filter(isMeant);
  if (label === undefined || more.length > 0) return undefined;
  if (!others.every((columns) => columns.has(label))) {
    throw new errors.GLIMPSE_DATASET_INVALID(
      `some of its parts lie in folders of the column "${printable(label)}", and some do not`,
    );
  }
  return {
    name: label,
    valueFor: (file) => {
      const value = columnsIn(file).get(label);
      return value === NO_VALUE ? undefined : value;
    },
  };
}

function isPartition(folder: string): boolean {
  return folder.indexOf('=') > 0;
}

/** The columns in the folders of a path. Spark writes what no folder may be called as %20 and the like. */
function columnsIn(name: string): Map<string, string> {
  const folders = name.split('/').slice(0, -1).filter(isPartition);
  return new Map(
    folders.map((folder) => {
      const at = folder.indexOf('=');
      return [unescaped(folder.slice(0, at)), unescaped(folder.slice(at + 1))];
    }),
  );
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
