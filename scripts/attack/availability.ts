import { openRepository } from '../../src/compose/open.ts';
import { readConfig } from '../../src/config.ts';
import { startS3Server } from '../../test/support/s3-server.ts';
import { tinyDraft, tinyPixels } from '../../test/support/tiny-version.ts';
import type { Attack } from './attack.ts';
import type { OwnServer } from './own-server.ts';
import { apiKey, json, pause, send, withHeaders, type Response } from './wire.ts';

function predict({ url, callers }: OwnServer, pixels: readonly number[]): Promise<Response> {
  const call = { method: 'POST', path: '/predict', ...json({ instances: [pixels] }) };
  return send(url, withHeaders(call, apiKey(callers.predict)));
}

function setLabel({ url, callers }: OwnServer, label: string): Promise<Response> {
  const call = { method: 'PUT', path: `/models/digits/labels/${label}`, ...json({ version: 1 }) };
  return send(url, withHeaders(call, apiKey(callers.admin)));
}

function train({ url, callers }: OwnServer): Promise<Response> {
  const request = { dataset: { uri: 'sample:train' }, model: 'two', epochs: 1 };
  const call = { method: 'POST', path: '/train', ...json(request) };
  return send(url, withHeaders(call, apiKey(callers.admin)));
}

const killed: Attack = {
  name: 'kill -9 amid predictions and label changes, three times',
  group: 'availability',
  async run({ startServer }) {
    let server = await startServer();
    const { folder } = server;
    let confirmed: string[] = [];
    let lost = 0;
    let answers = 0;
    for (let round = 0; round < 3; round += 1) {
      const until = Date.now() + 1_000;
      const working = async (turn: number): Promise<void> => {
        for (let at = 0; Date.now() < until; at += 1) {
          if ((await predict(server, Array(784).fill(at % 255))).status === 200) answers += 1;
          const label = `kept-${round}-${turn}-${at % 5}`;
          if ((await setLabel(server, label)).status === 200) confirmed.push(label);
        }
      };
      const work = Promise.all([0, 1, 2, 3].map(working));
      await pause(700);
      server.kill('SIGKILL');
      await Promise.all([server.ended, work]);
      server = await startServer({ folder });
      await pause(1_500);
      const listed = await send(server.url, {
        path: '/models/digits',
        headers: apiKey(server.callers.admin),
      });
      confirmed = [...new Set(confirmed)];
      lost += confirmed.filter((label) => !listed.text.includes(`"${label}"`)).length;
    }
    const after = await predict(server, Array(784).fill(0));
    return {
      held: lost === 0 && after.status === 200 && confirmed.length > 0,
      figures: `${answers} answers, ${confirmed.length} labels confirmed, ${lost} of them lost; then ${after.status}`,
    };
  },
};

const twoServers: Attack = {
  name: 'two servers on one data folder',
  group: 'availability',
  async run({ startServer }) {
    const first = await startServer();
    const second = await startServer({ folder: first.folder });
    const [one, two] = [await train(first), await train(second)];
    const predictions = [
      await predict(first, Array(784).fill(0)),
      await predict(second, Array(784).fill(0)),
    ];
    first.kill('SIGKILL');
    await first.ended;
    let taken = two;
    for (let waits = 0; waits < 100 && taken.status >= 400; waits += 1) {
      await pause(200);
      taken = await train(second);
    }
    return {
      held:
        one.status === 202 &&
        two.code === 'GLIMPSE_DATA_DIR_IN_USE' &&
        predictions.every(({ status }) => status === 200) &&
        taken.status === 202,
      figures: `jobs: ${one.status}, ${two.status} ${two.code ?? ''}, after the first ended ${taken.status}; both predict`,
    };
  },
};

const withoutS3: Attack = {
  name: 'S3 away at the start and back later',
  group: 'availability',
  async run({ startServer }) {
    const s3 = await startS3Server();
    Object.assign(process.env, s3.env);
    const settings = {
      ...s3.env,
      GLIMPSE_REPOSITORY: `s3://${s3.bucket}/models`,
      GLIMPSE_S3_ENDPOINT: s3.endpoint,
      GLIMPSE_S3_REQUEST_TIMEOUT_MS: '2000',
      GLIMPSE_S3_MAX_ATTEMPTS: '2',
      GLIMPSE_START_WAIT_MS: '2000',
    };
    try {
      const publisher = openRepository(readConfig(settings));
      await publisher.publish(await tinyDraft({ label: 'production' }));
      await publisher.close();
      const first = await startServer({ settings });
      const online = await predict(first, tinyPixels.left);
      first.kill('SIGKILL');
      await first.ended;
      await s3.close();
      const startedAt = Date.now();
      const second = await startServer({ settings, folder: first.folder });
      const seconds = (Date.now() - startedAt) / 1_000;
      const offline = await predict(second, tinyPixels.left);
      const stale = offline.headers['glimpse-stale'];
      return {
        held: online.status === 200 && offline.status === 200 && stale !== undefined,
        figures: `with S3 ${online.status}; without it ready after ${seconds.toFixed(1)} s, ${offline.status}, glimpse-stale ${String(stale)}`,
      };
    } finally {
      await s3.close().catch(() => {});
    }
  },
};

export const availabilityAttacks: readonly Attack[] = [killed, twoServers, withoutS3];
