import { join } from 'node:path';
import { openRepository } from '../../src/compose/open.ts';
import { readConfig } from '../../src/config.ts';
import { hostileModel, type Hostility } from '../../test/support/hostile-onnx.ts';
import { tinyDraft, tinyPixels } from '../../test/support/tiny-version.ts';
import { ownServerOf, type Attack, type AttackContext } from './attack.ts';
import { limitMemory } from './memory-limit.ts';
import { apiKey, json, pause, send, withHeaders, type Response } from './wire.ts';

/** Publishes as somebody who can write the repository may: without the self-test of `glimpse publish`. */
async function publish(folder: string, model: string, hostility?: Hostility): Promise<void> {
  const repository = openRepository(
    readConfig({
      GLIMPSE_REPOSITORY: join(folder, 'models'),
      GLIMPSE_DATA_DIR: join(folder, 'publisher'),
    }),
  );
  const draft = await tinyDraft({ model, ...(hostility && { onnx: hostileModel(hostility) }) });
  await repository.publish(draft);
  await repository.close();
}

function predict(
  { url, callers }: AttackContext,
  model: string,
  pixels: readonly number[],
): Promise<Response> {
  const call = {
    method: 'POST',
    path: `/models/${model}/predict`,
    ...json({ instances: [pixels] }),
  };
  return send(url, withHeaders({ ...call, timeoutMs: 30_000 }, apiKey(callers.predict)));
}

/** Waits until a model predicts, at most half a minute; gives the last status and the seconds it took. */
async function untilPredicts(
  context: AttackContext,
  model: string,
): Promise<{ status: number; seconds: number }> {
  const startedAt = Date.now();
  let status = 0;
  while (status !== 200 && Date.now() - startedAt < 30_000) {
    ({ status } = await predict(context, model, tinyPixels.dark));
    if (status !== 200) await pause(250);
  }
  return { status, seconds: (Date.now() - startedAt) / 1_000 };
}

const opening: Attack = {
  name: 'a model that is never through with being opened, and one published after it',
  group: 'models',
  isLoad: true,
  async run(context) {
    const { folder } = ownServerOf(context);
    await publish(folder, 'a-endless', 'opening');
    await pause(1_000);
    await publish(folder, 'later');
    const later = await untilPredicts(context, 'later');
    const endless = await predict(context, 'a-endless', tinyPixels.dark);
    return {
      held: later.status === 200 && endless.status === 503,
      figures: `the later one predicts after ${later.seconds.toFixed(1)} s; the endless one: ${endless.status} ${endless.code}`,
    };
  },
};

/** A model that answers for some images, and for others does not come back or takes a gigabyte. */
function sometimes(hostility: Hostility, name: string): Attack {
  const model = `sometimes-${hostility}`;
  return {
    name,
    group: 'models',
    isLoad: true,
    async run(context) {
      await publish(ownServerOf(context).folder, model, hostility);
      const before = await untilPredicts(context, model);
      const startedAt = Date.now();
      const hostile = await Promise.all(
        Array.from({ length: 3 }, () => predict(context, model, tinyPixels.bright)),
      );
      const seconds = (Date.now() - startedAt) / 1_000;
      const after = await untilPredicts(context, model);
      const ended = hostile.every(({ status }) => status >= 500 && status !== 501);
      return {
        held: before.status === 200 && ended && after.status === 200,
        figures: `${before.status}, then ${hostile.map(({ status, code }) => `${status} ${code}`).join(', ')} in ${seconds.toFixed(1)} s, then ${after.status} after ${after.seconds.toFixed(1)} s`,
      };
    },
  };
}

const outOfMemory: Attack = {
  name: 'a model that takes a gigabyte in a container that has 400 MiB, whatever the settings say',
  group: 'models',
  async run(context) {
    const limit = limitMemory(400);
    try {
      const server = await context.startServer({
        settings: {
          GLIMPSE_MEMORY_BUDGET_BYTES: String(4 * 2 ** 30),
          GLIMPSE_CELL_MEMORY_BYTES: String(4 * 2 ** 30),
        },
      });
      limit.add(server.pid);
      const within = { ...context, ...server };
      await publish(server.folder, 'sometimes-hog', 'hog');
      const before = await untilPredicts(within, 'sometimes-hog');
      const { status, code } = await predict(within, 'sometimes-hog', tinyPixels.bright);
      const kills = limit.kills();
      const after = await untilPredicts(within, 'sometimes-hog');
      const isAlive = server.isAlive();
      await server.stop();
      return {
        held:
          before.status === 200 &&
          code === 'GLIMPSE_RUNTIME_FAILED' &&
          kills > 0 &&
          isAlive &&
          after.status === 200,
        figures: `${before.status}, then ${status} ${code}: the kernel ended ${kills} cells, the server ${isAlive ? 'lives' : 'is gone'}; then ${after.status} after ${after.seconds.toFixed(1)} s`,
      };
    } finally {
      await limit.remove();
    }
  },
};

async function publishBoth(folder: string): Promise<void> {
  await publish(folder, 'a-endless', 'opening');
  await publish(folder, 'bright', 'bright');
}

const stopping: Attack = {
  name: 'SIGTERM, and a new start, while models are opened or run that never come back',
  group: 'models',
  async run({ startServer }) {
    const first = await startServer({ prepare: publishBoth });
    const context: Pick<AttackContext, 'url' | 'callers'> = first;
    void predict({ ...context, own: undefined, startServer }, 'bright', tinyPixels.bright);
    await pause(500);
    const startedAt = Date.now();
    first.kill('SIGTERM');
    const ended = await first.ended;
    const seconds = (Date.now() - startedAt) / 1_000;
    const restartedAt = Date.now();
    await startServer({ folder: first.folder });
    const ready = (Date.now() - restartedAt) / 1_000;
    return {
      held: seconds < 8 && ready < 30,
      figures: `ended with ${ended} after ${seconds.toFixed(1)} s; ready again after ${ready.toFixed(1)} s`,
    };
  },
};

export const modelAttacks: readonly Attack[] = [
  opening,
  sometimes('bright', 'a model that does not come back from some images'),
  sometimes('hog', 'a model that takes a gigabyte for some images'),
  outOfMemory,
  stopping,
];
