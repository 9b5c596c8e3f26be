import { randomUUID } from 'node:crypto';
import type { PredictedCall } from '../../evidence/predicted-call.ts';
import type { ProcessLink } from '../../processes/process-link.ts';
import type { Manifest } from '../../repository/manifest.ts';

/** A call on its way to the first process: manifests are large, and each is sent once. */
interface PassedCall extends Omit<PredictedCall, 'manifest'> {
  readonly manifestKey: string;
}

interface PassedCalls {
  readonly manifests: readonly (readonly [key: string, manifest: Manifest])[];
  readonly calls: readonly PassedCall[];
}

const topic = 'predicted';
const gatherMs = 50;
/** More versions than a server has loaded: those of processes that ended are not asked for again. */
const maxManifests = 1_000;

/**
 * Tells the first process of calls that this one has answered, gathered for a moment. What is told while there is no first
 * process, or faster than it is taken, is lost: evidence holds up no prediction.
 */
export function createCallPasser(
  link: ProcessLink,
  { withFiles }: { readonly withFiles: boolean },
): (call: PredictedCall) => void {
  const own = randomUUID();
  let keys = new WeakMap<Manifest, string>();
  let count = 0;
  let gathered: { manifests: [string, Manifest][]; calls: PassedCall[] } | undefined;
  // Another first process knows no manifest yet.
  link.onFirst(() => (keys = new WeakMap()));
  const flush = (): void => {
    if (!gathered) return;
    const isTold = link.tellFirst(topic, gathered satisfies PassedCalls);
    if (!isTold) keys = new WeakMap();
    gathered = undefined;
  };
  const keyOf = (manifest: Manifest): string => {
    const known = keys.get(manifest);
    if (known !== undefined) return known;
    count += 1;
    const key = `${own} ${count}`;
    keys.set(manifest, key);
    gathered!.manifests.push([key, manifest]);
    return key;
  };
  return ({ manifest, images, ...call }) => {
    if (!gathered) {
      gathered = { manifests: [], calls: [] };
      setTimeout(flush, gatherMs).unref();
    }
    const told = withFiles ? images : images.map((image) => ({ ...image, file: undefined }));
    gathered.calls.push({ ...call, images: told, manifestKey: keyOf(manifest) });
    // The bytes of images are lent for the time of the call.
    if (withFiles) flush();
  };
}

/** Hands the calls that other processes have answered to `onPredicted`. */
export function takePassedCalls(
  link: ProcessLink,
  onPredicted: (call: PredictedCall) => void,
): void {
  const manifests = new Map<string, Manifest>();
  link.answer(topic, {
    handle(passed: PassedCalls) {
      for (const [key, manifest] of passed.manifests) manifests.set(key, manifest);
      for (const [key] of manifests) {
        if (manifests.size <= maxManifests) break;
        manifests.delete(key);
      }
      for (const { manifestKey, ...call } of passed.calls) {
        const manifest = manifests.get(manifestKey);
        if (manifest) onPredicted({ ...call, manifest });
      }
    },
  });
}
