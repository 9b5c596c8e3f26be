import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createCancellation } from '../../src/cancellation.ts';
import { command } from '../../src/cli/publish.ts';
import { openPredictor } from '../../src/compose/serving.ts';
import { openRepository } from '../../src/compose/open.ts';
import { readConfig } from '../../src/config.ts';
import { withExternalData } from '../support/external-onnx.ts';
import { runCommand } from '../support/run-command.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tinyModel } from '../support/tiny-onnx.ts';
import { tinyPng, tinyScores } from '../support/tiny-version.ts';

let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3Server();
});
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => s3.close());

/** A folder with net.onnx, whose weights the graph says are at `location`, and the settings to publish from it. */
async function exported(location: string) {
  const folder = await temporaryFolder();
  const { graph, data } = withExternalData(tinyModel(), location);
  await writeFile(join(folder, 'net.onnx'), graph);
  const put = async (path: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), data);
  };
  const env = {
    GLIMPSE_REPOSITORY: join(folder, 'models'),
    GLIMPSE_DATA_DIR: join(folder, 'data'),
  };
  return { folder, data, put, env };
}

const publish = (folder: string, env: Record<string, string>) => {
  const words = ['--model', 'tiny', '--classes', 'dark,left,bright', '--label', 'production'];
  return runCommand(command, [join(folder, 'net.onnx'), ...words], env);
};

/** What a server of these settings that starts now answers to the image "left". */
async function served(env: Record<string, string>): Promise<number> {
  const local = await openPredictor(readConfig(env), pino({ level: 'silent' }));
  try {
    const instances = [{ kind: 'image' as const, bytes: await tinyPng('left') }];
    const answer = await local.predictor.predict({
      model: 'tiny',
      instances,
      topK: 3,
      partial: false,
      cancellation: createCancellation(),
    });
    const [prediction] = answer.predictions;
    return prediction && 'top' in prediction
      ? prediction.top.find(({ label }) => label === 'left')!.score
      : NaN;
  } finally {
    await local.close();
  }
}

describe('a model that keeps its weights in other files', () => {
  it.each(['net.onnx.data', 'weights/part/net.bin'])(
    'is published with %s, and loaded without the folder it came from',
    async (location) => {
      const { folder, data, put, env } = await exported(location);
      await put(location);
      const { code, stderr } = await publish(folder, env);
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(location) });
      const repository = openRepository(readConfig(env));
      const { files } = await repository.manifest('tiny', 1);
      await repository.close();
      const sha256 = createHash('sha256').update(data).digest('hex');
      expect(files).toContainEqual({ path: location, size: data.length, sha256 });
      await rm(join(folder, 'net.onnx'));
      await rm(join(folder, location));
      expect(await served(env)).toBeCloseTo(tinyScores('left')[1]!, 5);
    },
  );

  it('is published to a bucket and loaded from there', async () => {
    const { folder, put, env } = await exported('weights/net.bin');
    await put('weights/net.bin');
    const bucket = {
      ...env,
      ...s3.env,
      GLIMPSE_REPOSITORY: `s3://${s3.bucket}/external`,
      GLIMPSE_S3_ENDPOINT: s3.endpoint,
      GLIMPSE_S3_REGION: s3.region,
    };
    expect(await publish(folder, bucket)).toMatchObject({ code: 0 });
    expect([...s3.objects.keys()]).toContain('external/tiny/1/weights/net.bin');
    for (const [name, value] of Object.entries(s3.env)) vi.stubEnv(name, value);
    expect(await served(bucket)).toBeCloseTo(tinyScores('left')[1]!, 5);
  });

  it('is taken from where a link in a download folder points, when the model is one, too', async () => {
    const { folder, put, env } = await exported('net.bin');
    await put('blobs/1234');
    await writeFile(join(folder, 'blobs/5678'), await readFile(join(folder, 'net.onnx')));
    await rm(join(folder, 'net.onnx'));
    await symlink('blobs/5678', join(folder, 'net.onnx'));
    await symlink('blobs/1234', join(folder, 'net.bin'));
    expect(await publish(folder, env)).toMatchObject({ code: 0 });
    expect(await served(env)).toBeCloseTo(tinyScores('left')[1]!, 5);
  });

  it.each([
    ['a file that is not there', 'net.onnx.data', '"net.onnx.data" is not there'],
    ['a folder', 'blobs', '"blobs" is not there'],
    ['a file above its folder', '../net.bin', 'outside the folder'],
    ['a file above its folder by a detour', 'a/../../net.bin', 'outside the folder'],
    ['an absolute path', '/etc/hostname', 'outside the folder'],
    ['a drive of another system', 'C:\\net.bin', 'outside the folder'],
    ['a link that leads out', 'link.bin', 'outside the folder'],
    ['a hidden file', '.net.bin', 'cannot be a file of a version'],
    ['the name of its entry', 'model.onnx', 'cannot be a file of a version'],
    ['the name of its manifest', 'manifest.json', 'manifest.json cannot be a file of a version'],
  ])('is refused when it names %s, and nothing is published', async (_, location, sentence) => {
    const { folder, put, env } = await exported(location);
    await put('blobs/1234');
    await put('manifest.json');
    await symlink('/etc/hostname', join(folder, 'link.bin'));
    const { code, stderr } = await publish(folder, env);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(sentence) });
    expect(stderr).toMatch(/GLIMPSE_M(ODEL|ANIFEST)_INVALID/);
    const repository = openRepository(readConfig(env));
    expect(await repository.models()).toEqual([]);
    await repository.close();
  });
});
