import type { RequestAccount } from '../../admission/ledger.ts';
import type { CancelSignal } from '../../cancellation.ts';
import type { Instance } from '../../serving/prepare-instances.ts';
import type { BodyReader } from '../bodies/body-form.ts';
import { JsonScan } from '../json/json-scan.ts';
import { jsonForm, jsonLimits } from './json-form.ts';

/** Looking through this much of a body costs the event loop another millisecond. */
const watchedBytes = 512 * 1024;

/** Reads bodies of JSON that are too large for the event loop. */
export interface JsonParser {
  /** Looks through the beginning of a body while it comes in: what cannot be meant seldom hides behind what can. */
  watch(maxImages: number): (chunk: Uint8Array) => void;
  /** The instances of a body; its bytes are gone afterwards. */
  read(
    body: Buffer,
    maxImages: number,
    payer: { readonly account: RequestAccount; readonly signal: CancelSignal },
  ): Promise<readonly Instance[]>;
}

export function createJsonParser(bodies: BodyReader): JsonParser {
  return {
    watch(maxImages) {
      const scan = new JsonScan(jsonLimits(maxImages));
      return (chunk) => {
        if (scan.counts.bytes < watchedBytes) scan.push(chunk);
      };
    },
    async read(body, maxImages, payer) {
      const { instances } = await bodies.read(jsonForm, body, { head: {}, maxImages, ...payer });
      return instances;
    },
  };
}
