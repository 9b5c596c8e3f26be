import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { externalPackages } from '../../scripts/external-packages.mjs';
import { keepRuntime } from '../../scripts/image/keep-runtime.mjs';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A tree of packages: what each needs, and files beside its package.json. */
const packages: Record<string, { needs?: Record<string, object>; files?: string[] }> = {
  'node_modules/sharp': {
    needs: {
      dependencies: { semver: '1' },
      optionalDependencies: { '@img/sharp-linux-x64': '1', '@img/not-here': '1' },
    },
    files: ['lib/index.js', 'lib/index.d.ts', 'lib/index.js.map', 'README.md', 'LICENSE.md'],
  },
  'node_modules/@img/sharp-linux-x64': { files: ['sharp.node'] },
  'node_modules/semver': { files: ['index.js'] },
  'node_modules/@aws-sdk/client-s3': {
    needs: { dependencies: { '@aws-sdk/core': '1' } },
    files: ['dist-cjs/index.js', 'dist-es/index.js', 'dist-types/index.d.ts'],
  },
  'node_modules/@aws-sdk/client-s3/node_modules/@aws-sdk/core': { files: ['index.js'] },
  'node_modules/@aws-sdk/core': { files: ['index.js'] },
  'node_modules/onnxruntime-node': {
    files: [
      `bin/napi-v6/${process.platform}/${process.arch}/binding.node`,
      `bin/napi-v6/${process.platform}/other/binding.node`,
      'bin/napi-v6/elsewhere/x64/binding.node',
    ],
  },
  'node_modules/fastify': { files: ['fastify.js'] },
  'node_modules/typebox': { files: ['index.js'] },
};

describe('what of node_modules goes into the image', () => {
  let root: string;
  beforeAll(async () => {
    root = await temporaryFolder();
    for (const [folder, { needs = {}, files = [] }] of Object.entries(packages)) {
      await mkdir(join(root, folder), { recursive: true });
      await writeFile(
        join(root, folder, 'package.json'),
        JSON.stringify({ name: folder, ...needs }),
      );
      for (const file of files) {
        await mkdir(dirname(join(root, folder, file)), { recursive: true });
        await writeFile(join(root, folder, file), '');
      }
    }
    expect(keepRuntime(root)).toBe(6);
  });
  const has = (path: string): boolean => existsSync(join(root, 'node_modules', path));

  it('is the packages beside the bundles, with all they need', () => {
    for (const kept of [
      'sharp/lib/index.js',
      'semver/index.js',
      '@img/sharp-linux-x64/sharp.node',
      '@aws-sdk/client-s3/dist-cjs/index.js',
      '@aws-sdk/client-s3/node_modules/@aws-sdk/core/index.js',
    ]) {
      expect(has(kept), kept).toBe(true);
    }
    for (const gone of ['fastify', 'typebox', '@aws-sdk/core']) expect(has(gone), gone).toBe(false);
  });

  it('is without what people, compilers and bundlers read, and with the licences', () => {
    for (const gone of [
      'sharp/lib/index.d.ts',
      'sharp/lib/index.js.map',
      'sharp/README.md',
      '@aws-sdk/client-s3/dist-es',
      '@aws-sdk/client-s3/dist-types',
    ]) {
      expect(has(gone), gone).toBe(false);
    }
    expect(has('sharp/LICENSE.md')).toBe(true);
  });

  it('has the binaries of this platform alone', () => {
    const bin = 'onnxruntime-node/bin/napi-v6';
    expect(has(`${bin}/${process.platform}/${process.arch}/binding.node`)).toBe(true);
    expect(has(`${bin}/${process.platform}/other`)).toBe(false);
    expect(has(`${bin}/elsewhere`)).toBe(false);
  });

  it('knows the packages that the bundles leave outside by the same list', () => {
    expect(externalPackages).toContain('onnxruntime-node');
    expect(externalPackages).toContain('sharp');
  });
});
