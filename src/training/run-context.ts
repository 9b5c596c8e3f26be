import type { DatasetOpener } from '../datasets/open.ts';
import type { UploadedFile } from '../datasets/spec.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import type { LoadRuntime } from '../loading/load-model.ts';
import type { Trust } from '../loading/trust.ts';
import type { Repository } from '../repository/repository.ts';
import type { TrainEvent } from './events.ts';
import type { OpenServingPath } from './measuring/serving-path.ts';
import type { FeaturePlace } from './transfer/kept-features.ts';
import type { MemoryLimit } from './memory/check-memory.ts';

/** What a run works with. */
export interface RunContext {
  readonly repository: Repository;
  readonly datasets: DatasetOpener;
  readonly images: ImagePreparer;
  /** Opens a version at rest, off this thread, so that this one hears when it is to stop. */
  readonly loadRuntime: LoadRuntime;
  /** The code that answers POST /predict, for what is measured through it. */
  readonly openServingPath: OpenServingPath;
  /** What is trained here is remembered, so that it may run inside of this server's process. */
  readonly trust: Trust;
  readonly uploads: readonly UploadedFile[];
  /** A folder of this run's own: downloads and checkpoints. */
  readonly jobDir: string;
  /** Where a finished net is kept until it is published; without it only in memory. */
  readonly finishedDir?: string;
  /** How long publishing is tried again while the repository does not answer. */
  readonly publishRetryMs: number;
  /** Names the run in the lineage; a resumed job keeps its name. */
  readonly job?: string;
  /** The command line that trains the same again. */
  readonly command?: string;
  /** A folder of images to make golden samples of; without it held-out examples are taken. */
  readonly goldenDir?: string;
  /** Keeps a picture (PNG) of what was answered wrongly; without it none is drawn. */
  readonly saveSheet?: (png: Buffer) => Promise<void>;
  readonly codeVersion: string;
  /** Where the backbone that comes with the program lies. */
  readonly backboneDir: string;
  /** Where what backbones found in pictures is kept for the next run; without it nowhere. */
  readonly features?: FeaturePlace;
  /** What the process may hold: what cannot fit is not begun. Without it nobody knows. */
  readonly memory?: MemoryLimit;
  /** How many threads the run may keep busy. */
  readonly threads: number;
  /** How often the run is saved, to go on from there; without it never. */
  readonly checkpointIntervalMs?: number;
  /** The file it is saved in; without it one in `jobDir`. */
  readonly checkpoint?: string;
  readonly signal: AbortSignal;
  readonly report: (event: TrainEvent) => void;
}
