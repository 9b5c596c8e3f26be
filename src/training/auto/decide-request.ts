import type { UploadedFile } from '../../datasets/spec.ts';
import { fitsIn, type MemoryLimit } from '../memory/check-memory.ts';
import type { Predecessor } from '../predecessor.ts';
import { divideUploads, type ResolvedTrainRequest } from '../request.ts';
import { withRecipe } from '../resolve-request.ts';
import { chooseNet } from './choose-net.ts';
import { seeData, type SeeingContext } from './see-data.ts';

export interface DecidingContext extends SeeingContext {
  readonly uploads: readonly UploadedFile[];
  readonly memory?: MemoryLimit;
}

/** As many classes as a net may have whose classes nobody has counted yet. */
const SOME_CLASSES = 100;

/**
 * The request with a net in place of "auto", with its recipe and the size of its images, by what is seen of the data. Any
 * other stays as it is.
 */
export async function decideRequest(
  request: ResolvedTrainRequest,
  predecessor: Predecessor | undefined,
  context: DecidingContext,
): Promise<ResolvedTrainRequest> {
  if (request.architecture !== 'auto') return request;
  const { dataset: spec, asked = {} } = request;
  const seen = await seeData(spec, divideUploads(context.uploads).dataset, context);
  const { memory } = context;
  const chosen = chooseNet(seen, {
    mayTransfer: mayTransfer(request),
    inherited: predecessor && shapeOf(predecessor),
    fits: (architecture, { channels, height, width }) => {
      if (!memory) return true;
      const plan = withRecipe(request, architecture);
      const load = {
        inputShape: [channels, height, width],
        classes: spec.classes?.length ?? SOME_CLASSES,
        batchSize: plan.batchSize,
        lastBatch: plan.batchSize - 1,
        examples: seen.count ?? 0,
        validation: Math.ceil((seen.count ?? 0) / 10),
        exampleBytes: channels * height * width,
      };
      return fitsIn(plan, load, memory);
    },
  });
  const { architecture, shape, epochs, why } = chosen;
  const dataset = shape ? { ...spec, shape } : spec;
  return {
    ...withRecipe({ ...request, dataset }, architecture),
    ...(asked.epochs === undefined && epochs !== undefined && { epochs }),
    chosen: why,
  };
}

/** Whether a request says nothing that a backbone has nothing to do with. */
function mayTransfer({ asked, outliers, quantise, preprocessing, workers }: ResolvedTrainRequest) {
  const isVaried = asked?.augmentation !== undefined && asked.augmentation !== 'none';
  const isPlain = outliers === undefined && !quantise && preprocessing === undefined;
  return isPlain && !isVaried && workers === 1;
}

function shapeOf({ preprocessing: { width, height, channels } }: Predecessor) {
  return { width, height, channels: channels === 1 ? 1 : 3 } as const;
}
