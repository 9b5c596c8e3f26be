/**
 * `npm run build`: bundles src/ into dist/, a file for each program and each thread, and chunks for what they share. To
 * load a module costs more than what is in it: the five hundred of a server, half of them TypeBox's, are a third of a
 * second at every start. What lies in dist/ changes at once, from one whole bundle to the next.
 */
import { readdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { replaceFolder } from './replace-folder.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src');
const made = join(root, `dist.${process.pid}`);

/** Packages in many small modules without anything native, or that look for files of their own. Others stay packages. */
const bundled = new Set(['typebox', 'hyparquet', 'hyparquet-compressors', 'csv-parse']);

/** What is started as a process or a thread. */
const programs = readdirSync(source, { recursive: true })
  .filter((file) => /^(main|cli|healthcheck)\.ts$|-(worker|thread|process)\.ts$/.test(file))
  .map((file) => join(source, file));

/**
 * In a chunk `import.meta.url` would be that of the chunk. Each module keeps the place that it has among the sources, below
 * dist/ instead of src/, so that what lies beside it is found.
 */
const keepPlaces = {
  name: 'keep places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (!path.startsWith(source)) return undefined;
      const place = relative(source, path).split(sep).join('/').replace(/ts$/, 'js');
      const text = await readFile(path, 'utf8');
      return {
        contents: text.replaceAll('import.meta.url', `moduleUrl_(${JSON.stringify(place)})`),
        loader: 'ts',
      };
    });
  },
};
const banner = `const moduleUrl_ = (place) => import.meta.url.slice(0, import.meta.url.lastIndexOf('/dist/') + 6) + place;`;

const keepPackages = {
  name: 'keep packages',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      if (kind === 'entry-point') return undefined;
      const name = path
        .split('/')
        .slice(0, path.startsWith('@') ? 2 : 1)
        .join('/');
      return bundled.has(name) ? undefined : { path, external: true };
    });
  },
};

try {
  await build({
    absWorkingDir: root,
    entryPoints: programs,
    outdir: made,
    outbase: source,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    chunkNames: 'chunks/[name]-[hash]',
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    banner: { js: banner },
    plugins: [keepPlaces, keepPackages],
    logLevel: 'warning',
  });
  await replaceFolder(made, join(root, 'dist'));
} finally {
  await rm(made, { recursive: true, force: true });
}
