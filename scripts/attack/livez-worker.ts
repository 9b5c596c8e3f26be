import { serveThread } from '../../src/threads.ts';
import { setTimeout as delay } from 'node:timers/promises';
import type { Target } from './case.ts';
import { otherAddress, residentMiB, send } from './watch.ts';

const stopping = new AbortController();
const seen = { livezSlowestMs: 0, livezFailures: 0, residentMostMiB: 0 };

async function watch(server: Target): Promise<typeof seen> {
  while (!stopping.signal.aborted) {
    const { status, ms } = await send(server, '/livez', { from: otherAddress });
    seen.livezSlowestMs = Math.max(seen.livezSlowestMs, Math.round(ms));
    if (status !== 200) seen.livezFailures += 1;
    if (server.pid !== undefined) {
      seen.residentMostMiB = Math.max(
        seen.residentMostMiB,
        Math.round(await residentMiB(server.pid)),
      );
    }
    await delay(20);
  }
  return seen;
}

/** Watches a server from a thread of its own, so that the work of an attack does not slow down its clock. */
await serveThread(() => ({
  handle(request: Target | 'stop') {
    if (request !== 'stop') return watch(request);
    stopping.abort();
    return seen;
  },
}));
