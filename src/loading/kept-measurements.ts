import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Check } from 'typebox/schema';
import type { Static } from 'typebox';
import { canonicalJson } from '../json.ts';
import { sha256 } from '../repository/digest.ts';
import {
  makeFolder,
  renameReplacing,
  writeTemporary,
} from '../repository/stores/disk/atomic-file.ts';
import type { Measurement } from '../runtime/runtime.ts';
import { Type } from '../schema/builder.ts';

/** What measuring a model has said on this machine, kept from one start to the next. */
export interface KeptMeasurements {
  /** Undefined where nothing that can be used is kept. */
  find(subject: MeasuredSubject): Promise<Measurement | undefined>;
  /** Rejects where the folder cannot be written. */
  keep(subject: MeasuredSubject, measurement: Measurement): Promise<void>;
}

/** What a measurement is of: the content that will run, and all that decides how fast it does. */
export interface MeasuredSubject {
  /** `contentDigest` of the version. */
  readonly content: string;
  readonly isTrusted: boolean;
  readonly maxBatchSize: number;
}

export interface KeptMeasurementsOptions {
  /** A folder of this server's own, with a file for each measurement. */
  readonly folder: string;
  /** Processor, memory, engine and settings of this machine; asked only when something is measured. */
  readonly machine: () => Readonly<Record<string, string | number>>;
  /** How many are kept; the oldest go. */
  readonly most?: number;
}

const BatchTimeSchema = Type.Object({
  size: Type.Integer({ minimum: 1 }),
  ms: Type.Number({ minimum: 0 }),
  memoryBytes: Type.Optional(Type.Number({ minimum: 0 })),
});

const KeptSchema = Type.Object({
  formatVersion: Type.Literal(1),
  measuredAt: Type.String(),
  subject: Type.Unknown(),
  openMs: Type.Number({ minimum: 0 }),
  curve: Type.Array(BatchTimeSchema, { minItems: 1, maxItems: 64 }),
});

/** How much less a larger batch may have taken than a smaller one, and how much more an image in it. */
const [leastFactor, mostFactor] = [0.9, 1.5];

/**
 * Whether a measurement is worth keeping: where a larger batch took less time than a smaller one, or each image in it
 * much more, something else kept the machine busy.
 */
export function isSteady({ curve }: Measurement): boolean {
  return curve.every(({ size, ms }, index) => {
    const before = curve[index - 1];
    if (!before) return true;
    const growth = ms / before.ms;
    return growth >= leastFactor && growth <= (mostFactor * size) / before.size;
  });
}

const usualMost = 500;
/** Nothing that was kept is longer. */
const mostBytes = 64 * 1024;

/** Measurements in a folder. One that is damaged, or of other circumstances, counts as none and is replaced. */
export function createKeptMeasurements(options: KeptMeasurementsOptions): KeptMeasurements {
  const { folder, most = usualMost } = options;
  const circumstancesOf = (subject: MeasuredSubject): string =>
    canonicalJson({ ...subject, machine: options.machine() });
  const fileOf = (circumstances: string): string => join(folder, `${sha256(circumstances)}.json`);
  return {
    async find(subject) {
      const circumstances = circumstancesOf(subject);
      const kept = await read(fileOf(circumstances));
      if (!kept || canonicalJson(kept.subject) !== circumstances) return undefined;
      return isAscending(kept) ? { openMs: kept.openMs, curve: kept.curve } : undefined;
    },
    async keep(subject, measurement) {
      const circumstances = circumstancesOf(subject);
      const kept = {
        formatVersion: 1,
        measuredAt: new Date().toISOString(),
        subject: JSON.parse(circumstances) as unknown,
        ...measurement,
      };
      await makeFolder(folder);
      const text = Buffer.from(`${JSON.stringify(kept, null, 2)}\n`);
      await renameReplacing(await writeTemporary(folder, text), fileOf(circumstances));
      await removeOldest(folder, most);
    },
  };
}

async function read(file: string): Promise<Static<typeof KeptSchema> | undefined> {
  try {
    if ((await stat(file)).size > mostBytes) return undefined;
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return Check(KeptSchema, value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** As it was measured: from one image on, each size above the one before, and no time that nothing takes. */
function isAscending({ curve }: Static<typeof KeptSchema>): boolean {
  return curve.every(
    ({ size, ms }, index) => ms > 0 && (index === 0 ? size === 1 : size > curve[index - 1]!.size),
  );
}

async function removeOldest(folder: string, most: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  if (names.length <= most) return;
  const aged = await Promise.all(
    names.map(async (name) => {
      const file = join(folder, name);
      const changed = await stat(file).catch(() => undefined);
      return { file, changedAt: changed?.mtimeMs ?? 0 };
    }),
  );
  aged.sort((a, b) => a.changedAt - b.changedAt);
  for (const { file } of aged.slice(0, names.length - most)) await rm(file, { force: true });
}
