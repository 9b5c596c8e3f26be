import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Static } from 'typebox';
import { Check } from 'typebox/schema';
import { hasCode } from '../disk-errors.ts';
import { ManifestSchema } from '../repository/manifest.ts';
import type { Publication } from '../repository/repository.ts';
import { sealedFile } from '../repository/files/sealed-file.ts';
import {
  makeFolder,
  renameReplacing,
  writeTemporary,
} from '../repository/stores/disk/atomic-file.ts';
import { Closed, compiledWhenUsed } from '../schema.ts';
import { Type } from '../schema/builder.ts';
import { TrainOutcomeSchema } from './events.ts';
import { frame, unframe } from '../repository/files/framed.ts';
import type { TrainedNet } from './publish.ts';
import { ResolvedTrainRequestSchema, type ResolvedTrainRequest } from './request.ts';

/** A trained net with all that is still needed once its examples and its process are gone. */
export interface FinishedNet {
  readonly request: ResolvedTrainRequest;
  /** The same with what was decided by the data; nothing where the request left nothing to that. */
  readonly decided?: ResolvedTrainRequest;
  /** Signs its version, however often it is tried to be published. */
  readonly writerId: string;
  readonly net: TrainedNet;
  /** What was learnt from and measured on, to know it again when it is read again. */
  readonly digests: { readonly dataset: string; readonly evaluation?: string };
  readonly notes: readonly string[];
  /** In seconds. */
  readonly timings: Omit<Static<typeof TrainOutcomeSchema>['timings'], 'publish'>;
}

/** How far publishing got. */
const ProgressSchema = Type.Object(
  {
    claimed: Type.Optional(Type.Integer({ minimum: 1 })),
    published: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  Closed,
);
export type PublishProgress = Static<typeof ProgressSchema>;

const { signature, preprocessing, gate, golden, metrics, lineage, ...optional } =
  ManifestSchema.properties;
const { baseline, quantisation, keptExamples } = optional;
const { publish: _, ...timings } = TrainOutcomeSchema.properties.timings.properties;
const FORMAT = 1;
const HeadSchema = Type.Object({
  format: Type.Literal(FORMAT),
  writerId: Type.String(),
  request: ResolvedTrainRequestSchema,
  decided: Type.Optional(ResolvedTrainRequestSchema),
  net: Type.Object({
    signature,
    preprocessing,
    gate,
    golden,
    metrics,
    lineage,
    baseline,
    quantisation,
    keptExamples,
  }),
  digests: Type.Object({ dataset: Type.String(), evaluation: Type.Optional(Type.String()) }),
  notes: Type.Array(Type.String()),
  timings: Type.Object(timings),
  /** What the bytes are, in their order: the model, the golden samples, the kept examples. */
  files: Type.Array(Type.Object({ path: Type.String(), length: Type.Integer({ minimum: 0 }) })),
});
const isHead = compiledWhenUsed(HeadSchema);

const FILE = 'finished-net';
const PROGRESS_FILE = 'publishing.json';
/** What is kept of a finished net, in the folder that it is kept in. */
export const finishedNetFiles = [FILE, PROGRESS_FILE];
const MODEL = 'model.onnx';

/** A name for the version that will be made of a net. */
export function newWriterId(): string {
  return randomUUID();
}

/** Keeps a finished net in a folder: whole after any crash. */
export async function keepFinishedNet(folder: string, finished: FinishedNet): Promise<void> {
  const { net, ...rest } = finished;
  const { kept } = net;
  const files = [
    [MODEL, net.graph.model] as const,
    ...net.golden.files,
    ...(kept ? [[kept.described.file, kept.bytes] as const] : []),
  ];
  const head: Static<typeof HeadSchema> = {
    format: FORMAT,
    ...rest,
    digests: { ...rest.digests },
    notes: [...rest.notes],
    net: {
      signature: net.signature,
      preprocessing: net.preprocessing,
      gate: net.gate,
      golden: [...net.golden.samples],
      metrics: net.metrics,
      lineage: net.lineage,
      ...(net.baseline && { baseline: net.baseline }),
      ...(net.quantisation && { quantisation: net.quantisation }),
      ...(kept && { keptExamples: kept.described }),
    },
    files: files.map(([path, bytes]) => ({ path, length: bytes.length })),
  };
  const file = join(folder, FILE);
  await makeFolder(folder);
  const bytes = frame(
    head,
    files.map(([, body]) => body),
  );
  await renameReplacing(await writeTemporary(dirname(file), bytes), file);
}

/** The net that was finished in a folder; undefined when there is none that is whole. */
export async function readFinishedNet(folder: string): Promise<FinishedNet | undefined> {
  const bytes = await readFile(join(folder, FILE)).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  });
  const framed = bytes && unframe(bytes);
  if (!framed || !isHead(framed.head)) return undefined;
  const { format: __, files, net, ...rest } = framed.head;
  const bodies = new Map<string, Uint8Array>();
  let offset = 0;
  for (const { path, length } of files) {
    bodies.set(path, framed.body.subarray(offset, offset + length));
    offset += length;
  }
  const model = bodies.get(MODEL);
  if (model === undefined) return undefined;
  bodies.delete(MODEL);
  const { golden: samples, keptExamples: named, ...described } = net;
  const examples = named && bodies.get(named.file);
  if (named) bodies.delete(named.file);
  return {
    ...rest,
    net: {
      ...described,
      gate: net.gate ?? {},
      graph: { model },
      golden: { samples, files: bodies, notes: [] },
      ...(named && examples && { kept: { described: named, bytes: examples } }),
    },
  };
}

/** The publishing of a finished net: what an earlier try of it has done is known to the next one. */
export interface PublishingOf {
  readonly progress: PublishProgress;
  /** For one try: it knows what others that publish the same net have done until now. */
  publication(): Promise<Publication>;
  /** Notes that its version is there, so that no later try publishes it. */
  published(version: number): Promise<void>;
}

/** Reads how far the publishing of a net got before; `folder` undefined: it is known to this process only. */
export async function openPublishing(
  folder: string | undefined,
  writerId: string,
): Promise<PublishingOf> {
  const file =
    folder && sealedFile({ file: join(folder, PROGRESS_FILE), subject: writerId, maxBytes: 4096 });
  const read = async (): Promise<PublishProgress | undefined> => {
    const found = file && (await file.read().catch(() => undefined));
    return Check(ProgressSchema, found) ? found : undefined;
  };
  let progress = (await read()) ?? {};
  const note = async (now: PublishProgress): Promise<void> => {
    progress = now;
    // A full disk keeps no net from being published elsewhere: its job is named in its lineage besides.
    if (file) await file.write(now).catch(() => {});
  };
  let tries = 0;
  return {
    get progress() {
      return progress;
    },
    async publication() {
      progress = { ...progress, ...(await read()) };
      const { claimed } = progress;
      tries += 1;
      // A net on the disk may have been tried by a process that could not note it, or that has not done so yet.
      const wasTried = folder !== undefined || tries > 1;
      return { writerId, wasTried, claimed, onClaimed: (mine) => note({ claimed: mine }) };
    },
    published: (version) => note({ claimed: version, published: version }),
  };
}
