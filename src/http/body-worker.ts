import { serveThread } from '../threads.ts';
import { buffersOf, readSentBody } from './known-forms.ts';
import type { ReadBack, SentBody } from './bodies/body-form.ts';

/** The program of the thread that reads large bodies of text: bytes in, instances out. */
await serveThread<unknown, SentBody, ReadBack>(() => ({
  handle: readSentBody,
  transfer: ({ instances }) => buffersOf(instances),
}));
