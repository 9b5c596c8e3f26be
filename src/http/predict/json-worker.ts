import { serveThread } from '../../threads.ts';
import {
  transferOf,
  readPackedBody,
  type PackedBody,
  type PackedInstances,
} from './packed-instances.ts';

/** The program of the threads that read large bodies of JSON: bytes in, instances out. */
await serveThread<unknown, PackedBody, PackedInstances>(() => ({
  handle: readPackedBody,
  transfer: transferOf,
}));
