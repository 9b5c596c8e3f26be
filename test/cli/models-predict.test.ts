import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { command as models } from '../../src/cli/models.ts';
import { command as predict } from '../../src/cli/predict.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { runCommand } from '../support/run-command.ts';
import { tinyDraft, tinyPng, type TinyClass } from '../support/tiny-version.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let server: TestServer;
let env: Record<string, string>;
const images = {} as Record<TinyClass | 'noise', string>;

beforeAll(async () => {
  server = await openServer({
    versions: [
      await tinyDraft({ label: 'production' }),
      await tinyDraft({ shift: 50, label: 'candidate' }),
      await tinyDraft({ model: 'other' }),
    ],
  });
  env = {
    GLIMPSE_REPOSITORY: join(server.folder, 'models'),
    GLIMPSE_DATA_DIR: join(server.folder, 'cli'),
    GLIMPSE_CANONICALISE_THREADS: '1',
  };
  for (const name of ['dark', 'left', 'bright'] as const) {
    images[name] = join(server.folder, `${name}.png`);
    await writeFile(images[name], await tinyPng(name));
  }
  images.noise = join(server.folder, 'noise.png');
  await writeFile(images.noise, 'no image');
});
afterAll(closeServers);

describe('glimpse models', () => {
  it('lists every model with its labels', async () => {
    const { code, stdout } = await runCommand(models, [], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^digits {9}2 {7}2 {2}(candidate=2|latest=2|production=1)/m);
    expect(stdout).toMatch(/^other/m);
    const json = await runCommand(models, ['--json'], env);
    expect(JSON.parse(json.stdout)).toMatchObject({
      models: [
        { model: 'digits', versions: [1, 2], labels: { production: 1 } },
        { model: 'other' },
      ],
    });
  });

  it('lists the versions of one model, newest first, a broken one with its reason', async () => {
    await appendFile(join(server.folder, 'models/other/1/manifest.json'), 'x');
    const { stdout } = await runCommand(models, ['digits'], env);
    expect(stdout).toMatch(/^ +2 {2}(candidate, latest|latest, candidate) .*100\.00%.*3 classes/m);
    expect(stdout.indexOf('\n      2')).toBeLessThan(stdout.indexOf('\n      1'));
    const broken = await runCommand(models, ['other'], env);
    expect(broken).toMatchObject({ code: 0 });
    expect(broken.stdout).toContain('The manifest of other/1 is not valid');
  });

  it('says when there is nothing, or too much is asked', async () => {
    const nowhere = { ...env, GLIMPSE_REPOSITORY: join(server.folder, 'none') };
    const nothing = await runCommand(models, [], nowhere);
    expect(nothing.stdout).toContain('There is no model in');
    expect((await runCommand(models, ['none'], env)).stderr).toContain('GLIMPSE_MODEL_NOT_FOUND');
    expect((await runCommand(models, ['a', 'b'], env)).code).toBe(2);
  });
});

describe('glimpse predict', () => {
  it('classifies images in this process', async () => {
    const { code, stdout } = await runCommand(predict, [images.dark, images.left], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/dark\.png +dark +0\.\d{4} /);
    expect(stdout).toMatch(/left\.png +left +0\.\d{4} /);
    expect(stdout).toMatch(/digits version 1\n$/);
  });

  it.each([
    [['--version', '2'], 2],
    [['--label', 'candidate'], 2],
    [['--label', 'production', '--model', 'digits'], 1],
  ])('asks the version named by %j', async (options, version) => {
    const { stdout } = await runCommand(predict, [images.dark, '--json', ...options], env);
    expect(JSON.parse(stdout)).toMatchObject({ model: 'digits', version });
  });

  it('answers the same from a server with --url', async () => {
    const args = [images.dark, images.bright, '--json', '--top', '2'];
    const here = await runCommand(predict, args, env);
    const there = await runCommand(predict, [...args, '--url', server.url], env);
    expect(there.code).toBe(0);
    expect(JSON.parse(there.stdout)).toEqual(JSON.parse(here.stdout));
    const named = ['--url', server.url, '--model', 'digits', '--label', 'candidate'];
    const chosen = await runCommand(predict, [images.dark, '--json', ...named], env);
    expect(JSON.parse(chosen.stdout)).toMatchObject({ version: 2 });
  });

  it('names the image that cannot be read beside the others, and exits with 1', async () => {
    for (const where of [[], ['--url', server.url]]) {
      const { code, stdout } = await runCommand(
        predict,
        [images.noise, images.dark, ...where],
        env,
      );
      expect(code).toBe(1);
      expect(stdout).toMatch(/noise\.png +- +.*GLIMPSE_UNSUPPORTED_FORMAT/);
      expect(stdout).toMatch(/dark\.png +dark/);
    }
  });

  it.each([
    [[], "argument 'images'"],
    [['/none.png'], 'cannot be read'],
    [['IMAGE', '--version', '1', '--label', 'a'], 'not both'],
    [['IMAGE', '--version', 'one'], 'whole number'],
    [['IMAGE', '--model', 'none'], 'GLIMPSE_MODEL_NOT_FOUND'],
    [['IMAGE', '--version', '7'], 'GLIMPSE_VERSION_NOT_FOUND'],
    [['IMAGE', '--url', 'http://127.0.0.1:9', '--label', 'x'], 'name the --model'],
    [['IMAGE', '--url', 'http://127.0.0.1:9'], 'does not answer'],
    [['IMAGE', '--url', 'URL', '--model', 'none'], 'answered 404'],
  ])('used wrongly, %j, says so', async (args, sentence) => {
    const words: Record<string, string> = { IMAGE: images.dark, URL: server.url };
    const given = args.map((word) => words[word] ?? word);
    const { code, stderr } = await runCommand(predict, given, env);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(sentence);
  });
});
