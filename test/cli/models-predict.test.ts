import { appendFile, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { command as history } from '../../src/cli/history.ts';
import { command as rollback } from '../../src/cli/rollback.ts';
import { command as models } from '../../src/cli/models.ts';
import { command as predict } from '../../src/cli/predict.ts';
import { openRepository } from '../../src/compose/open.ts';
import { readConfig } from '../../src/config.ts';
import { hostileModel } from '../support/hostile-onnx.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tinyDraft, tinyPng, type TinyClass } from '../support/tiny-version.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let server: TestServer;
let env: Record<string, string>;
const images = {} as Record<TinyClass | 'noise' | 'huge', string>;

beforeAll(async () => {
  server = await openServer({
    versions: [
      await tinyDraft({ label: 'production' }),
      await tinyDraft({ shift: 50, label: 'candidate' }),
      await tinyDraft({ model: 'other' }),
    ],
    env: { GLIMPSE_MAX_IMAGES_PER_REQUEST: '2', GLIMPSE_BODY_LIMIT_BYTES: '30000' },
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
  images.huge = join(server.folder, 'huge.png');
  await writeFile(images.huge, 'no image'.repeat(5_000));
});
afterAll(closeServers);

/** A folder with three images, a text, and a folder with one image more. */
async function pictures(): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'more'));
  for (const [name, kind] of [
    ['2.png', 'bright'],
    ['1.png', 'dark'],
    ['3.png', 'left'],
    ['more/1.png', 'left'],
  ] as const) {
    await copyFile(images[kind], join(folder, name));
  }
  await writeFile(join(folder, 'labels.csv'), '1.png,dark');
  return folder;
}

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

describe('glimpse predict with a model of strangers', () => {
  it('that does not come back is ended like a cell of a server, and answers for other images', async () => {
    const folder = await temporaryFolder();
    const strange = {
      GLIMPSE_REPOSITORY: join(folder, 'models'),
      GLIMPSE_DATA_DIR: join(folder, 'cli'),
      GLIMPSE_CANONICALISE_THREADS: '1',
      GLIMPSE_OPEN_TIMEOUT_MS: '20000',
      GLIMPSE_BATCH_TIMEOUT_MS: '2000',
    };
    const repository = openRepository(readConfig(strange));
    await repository.publish(await tinyDraft({ onnx: hostileModel('bright') }));
    await repository.close();
    const looping = await runCommand(predict, [images.bright], strange);
    expect(looping).toMatchObject({ code: 1, stdout: '' });
    expect(looping.stderr).toContain('not through with a batch within 2000 ms');
    const other = await runCommand(predict, [images.dark, '--json'], strange);
    expect({ ...other, stdout: '' }).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(JSON.parse(other.stdout)).toMatchObject({ model: 'digits', version: 1 });
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

  it('takes the images of a folder, sorted, and of folders inside it when asked to', async () => {
    const folder = await pictures();
    const json = await runCommand(predict, [folder, '--json'], env);
    expect(json.code).toBe(0);
    expect(json.stderr).toBe(`1 other files in ${folder} were not read\n`);
    const { predictions } = JSON.parse(json.stdout);
    expect(predictions).toMatchObject([
      { image: join(folder, '1.png'), label: 'dark' },
      { image: join(folder, '2.png'), label: 'bright' },
      { image: join(folder, '3.png'), label: 'left' },
    ]);
    const all = await runCommand(predict, [folder, '--recursive'], env);
    expect(all.stdout.match(/^\/\S+/gm)).toEqual([
      join(folder, '1.png'),
      join(folder, '2.png'),
      join(folder, '3.png'),
      join(folder, 'more/1.png'),
    ]);
  });

  it('expands a pattern that the shell has not', async () => {
    const folder = await pictures();
    const { code, stdout } = await runCommand(predict, [`${folder}/**/1.*`], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\/1\.png +dark .*\n.*more\/1\.png +left /);
  });

  it.each([
    ['/none.png', 'The file cannot be read: there is no such file. ('],
    ['/none-*.png', 'no file fits the pattern'],
    ['EMPTY', 'the folder holds no image; --recursive looks into its folders, too'],
    ['HUGE', 'GLIMPSE_IMAGE_BYTES_TOO_LARGE'],
  ])('names %s with its error beside the others, and exits with 1', async (word, reason) => {
    const folder = await pictures();
    await mkdir(join(folder, 'empty', 'inner'), { recursive: true });
    const words: Record<string, string> = { EMPTY: join(folder, 'empty'), HUGE: images.huge };
    const limits = { ...env, GLIMPSE_MAX_IMAGE_BYTES: '20000' };
    for (const where of [[], ['--url', server.url]]) {
      const args = [words[word] ?? word, images.dark, ...where];
      const { code, stdout } = await runCommand(predict, args, limits);
      expect(code).toBe(1);
      expect(stdout).toMatch(/dark\.png +dark/);
      expect(stdout).toContain(reason);
      expect(stdout).toMatch(/digits version 1\n$/);
    }
  });

  it('names files of which none is usable, without asking anybody', async () => {
    const args = ['/none.png', '--json', '--url', 'http://127.0.0.1:9'];
    const { code, stdout } = await runCommand(predict, args, env);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      predictions: [
        {
          image: '/none.png',
          error: { code: 'GLIMPSE_FILE_UNREADABLE', message: expect.any(String) },
        },
      ],
    });
  });

  it('asks a server for no more at once than it takes, and names what is too large for it', async () => {
    const { dark, left, bright, huge } = images;
    const many = [dark, left, bright, huge, dark, left, bright];
    const { code, stdout } = await runCommand(
      predict,
      [...many, '--json', '--url', server.url],
      env,
    );
    expect(code).toBe(1);
    const { model, version, predictions } = JSON.parse(stdout);
    expect({ model, version }).toEqual({ model: 'digits', version: 1 });
    expect(predictions).toMatchObject([
      { image: dark, label: 'dark' },
      { image: left, label: 'left' },
      { image: bright, label: 'bright' },
      { image: huge, error: { code: 'GLIMPSE_BODY_TOO_LARGE' } },
      { image: dark, label: 'dark' },
      { image: left, label: 'left' },
      { image: bright, label: 'bright' },
    ]);
  });

  it('answers in batches of this process with one version', async () => {
    const { dark, left, bright } = images;
    const small = { ...env, GLIMPSE_MAX_BATCH_SIZE: '2' };
    const args = [dark, left, bright, dark, left, '--json', '--label', 'candidate'];
    const { stdout } = await runCommand(predict, args, small);
    expect(JSON.parse(stdout)).toMatchObject({ version: 2 });
    expect(JSON.parse(stdout).predictions).toHaveLength(5);
  });

  it.each([
    [[], "argument 'images'"],
    [['IMAGE', '--version', '1', '--label', 'a'], 'not both'],
    [['IMAGE', '--version', 'one'], 'whole number'],
    [['IMAGE', '--model', 'none'], 'GLIMPSE_MODEL_NOT_FOUND'],
    [['IMAGE', '--version', '7'], 'GLIMPSE_VERSION_NOT_FOUND'],
    [['IMAGE', '--url', 'http://127.0.0.1:9', '--label', 'x'], 'name the --model'],
    [['IMAGE', '--url', 'http://127.0.0.1:9'], 'does not answer'],
    [['IMAGE', '--url', 'localhost:8080'], '--url takes an address such as http://'],
    [['IMAGE', '--url', 'URL', '--model', 'none'], 'answered 404'],
  ])('used wrongly, %j, says so', async (args, sentence) => {
    const words: Record<string, string> = { IMAGE: images.dark, URL: server.url };
    const given = args.map((word) => words[word] ?? word);
    const { code, stderr } = await runCommand(predict, given, env);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(sentence);
  });
});

describe('glimpse history', () => {
  it('tells what changed about a model, page by page', async () => {
    const { code, stdout, stderr } = await runCommand(history, ['digits', '--limit', '1'], env);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'There are older ones: glimpse history digits --before 2\n',
    });
    const [head, row] = stdout.split('\n');
    expect(head).toMatch(/^number +when \(UTC\) +what +from -> to +who +why$/);
    expect(row).toMatch(/^ +2 +20\d\d-.* +label candidate +- -> 2 +unknown/);
    const json = await runCommand(history, ['digits', '--before', '2', '--json'], env);
    expect(JSON.parse(json.stdout)).toMatchObject({
      model: 'digits',
      entries: [{ number: 1, what: 'label', label: 'production', from: null, to: 1 }],
    });
    const none = await runCommand(history, ['other'], env);
    expect(none.stdout).toBe('Nothing has been recorded of other.\n');
    expect(await runCommand(history, ['nobody'], env)).toMatchObject({ code: 1 });
    const canary = { version: 2, state: 'running' };
    const event = { what: 'canary', from: { rules: {} }, to: { rules: {}, canary } } as const;
    const cause = { by: { kind: 'server', id: 'web-3' } } as const;
    await server.repository.history.record('other', { ...event, cause });
    const short = await runCommand(history, ['other'], env);
    expect(short.stdout).toContain('{"rules":{}} -> version 2 running  server web-3');
  });
});

describe('glimpse rollback', () => {
  it('moves a label back by the history, and says where it is', async () => {
    const { repository } = server;
    await repository.setLabel({ model: 'digits', label: 'candidate', version: 1 });
    const words = ['digits', '--label', 'candidate', '--reason', 'No good.'];
    expect(await runCommand(rollback, words, env)).toEqual({
      code: 0,
      stdout: 'The label candidate of digits points at version 2 again, and no longer at 1.\n',
      stderr: '',
    });
    const [last] = (await repository.history.page('digits', { limit: 1 })).entries;
    expect(last).toMatchObject({ what: 'rollback', by: { kind: 'terminal' }, why: 'No good.' });
    const split = [{ version: 2, weight: 1 }];
    await repository.traffic.write('digits', { content: { rules: { split } } });
    const json = await runCommand(rollback, ['digits', '--json'], env);
    expect(JSON.parse(json.stdout)).toMatchObject({ endedTraffic: true, to: 1 });
    const none = await runCommand(rollback, ['digits'], env);
    expect(none).toMatchObject({ code: 1, stdout: '' });
    expect(none.stderr).toContain('GLIMPSE_NOTHING_BEFORE');
  });
});
