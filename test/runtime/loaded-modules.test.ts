import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderOf, textOf } from '../support/house.ts';

/** What a program loads before it does anything: its own files, and packages. Types and `import()` load nothing. */
function loadedBy(entry: string): { files: Set<string>; packages: Set<string> } {
  const [files, packages] = [new Set<string>(), new Set<string>()];
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const [, to] of textOf(file).matchAll(
      /^(?:import|export) (?!type )[^;]*?from '([^']+)'/gm,
    )) {
      if (to!.startsWith('.')) visit(posix.normalize(posix.join(folderOf(file), to!)));
      else if (!to!.startsWith('node:')) packages.add(to!);
    }
  };
  visit(entry);
  return { files, packages };
}

describe('the program of a thread or a cell', () => {
  it.each(['runtime/model-worker.ts', 'runtime/cells/cell-process.ts'])(
    '%s loads ONNX Runtime and nothing for TensorFlow, which a version has to ask for',
    (entry) => {
      const { files, packages } = loadedBy(entry);
      expect([...packages].sort()).toEqual([
        '@fastify/error',
        'onnxruntime-node',
        'onnxruntime-node/dist/binding.js',
      ]);
      expect(files).toContain('runtime/onnx-runtime.ts');
      expect([...files].filter((file) => file.includes('tensorflow'))).toEqual([]);
    },
  );

  it('would load TypeBox for a model of TensorFlow', () => {
    const { packages } = loadedBy('runtime/tensorflow-runtime.ts');
    expect(packages).toContain('typebox/schema');
  });
});

describe('a server', () => {
  const started = ['cli/program.ts', 'cli/serve.ts'].map(loadedBy);
  const packages = started.flatMap((loaded) => [...loaded.packages]);
  const files = started.flatMap((loaded) => [...loaded.files]);

  it('starts without what no request has asked for yet: image library, engines, S3, Arrow, the page of the contract', () => {
    const later =
      /^(sharp|onnxruntime-node|@tensorflow\/|@aws-sdk\/|@smithy\/|apache-arrow|hyparquet-writer|@fastify\/swagger)/;
    expect(packages).toContain('fastify');
    expect(packages.filter((name) => later.test(name))).toEqual([]);
    expect(files).toContain('http/contract/openapi.ts');
    expect(files).not.toContain('http/contract/render-contract.ts');
  });
});
