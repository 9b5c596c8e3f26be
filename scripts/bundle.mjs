/**
 * `npm run build`: bundles console/ into dist/console, and src/ into dist/, a file for each program and each thread, and chunks for what they share. To
 * load a module costs more than what is in it: the five hundred of a server, half of them TypeBox's, are a third of a
 * second at every start. What lies in dist/ changes at once, from one whole bundle to the next.
 */
import { readdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleConsole } from './bundle-console.mjs';
import { externalPackages } from './external-packages.mjs';
import { replaceFolder } from './replace-folder.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src');
const made = join(root, `dist.${process.pid}`);

const external = new Set(externalPackages);

/** What is started as a process or a thread. */
const programs = readdirSync(source, { recursive: true }).filter((file) =>
  /^(main|cli|healthcheck|lambda)\.ts$|-(worker|thread|process)\.ts$/.test(file),
);

/** Servers. */
const alone = new Set(['main.ts', 'lambda.ts']);

/**
 * Programs of a group share chunks. The two servers share none with the others: what they load is then in few files, and to find and open a file costs
 * more than what is in it. What other programs import is a group for the same reason.
 */
const groups = [
  [...alone],
  programs.filter((file) => !alone.has(file)),
  ['library/exported.ts', 'library/fastify.ts'],
];

const otherGroups = {
  name: 'other groups',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: './main.js', external: true }));
    // One class of each error, whichever way somebody imports it.
    onResolve({ filter: /^\.\.\/client\/exported\.ts$/ }, () => ({
      path: '../client/exported.js',
      external: true,
    }));
  },
};

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

/**
 * To import a part of Node takes every export of it, and those of node:http that are made when they are asked for load another
 * seventy modules (WebSocket, fetch). Here each name that is used is taken, and no other.
 */
const takeBuiltins = {
  name: 'take builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path, kind }) => {
      const name = path.replace(/^node:/, '');
      if (kind === 'require-call' || !builtinModules.includes(name)) return undefined;
      return { path: name, namespace: 'builtin' };
    });
    onLoad({ filter: /.*/, namespace: 'builtin' }, async ({ path }) => {
      const names = Object.keys(await import(`node:${path}`)).filter((name) =>
        /^(?!default$)\w+$/.test(name),
      );
      const taken = names.map(
        (name) =>
          `const ${name}_ = /* @__PURE__ */ take('${name}');\nexport { ${name}_ as ${name} };`,
      );
      const found = `const builtin = process.getBuiltinModule('node:${path}');`;
      const take = 'const take = (name) => builtin[name];\nexport default builtin;';
      return { contents: [found, take, ...taken].join('\n'), loader: 'js' };
    });
  },
};

/** What bundled packages of the other kind of modules load Node by, and places of modules. */
const banner = `const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);
const moduleUrl_ = (place) => import.meta.url.slice(0, import.meta.url.lastIndexOf('/dist/') + 6) + place;`;

const keepPackages = {
  name: 'keep packages',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      if (kind === 'entry-point') return undefined;
      const name = path
        .split('/')
        .slice(0, path.startsWith('@') ? 2 : 1)
        .join('/');
      return external.has(name) ? { path, external: true } : undefined;
    });
  },
};

try {
  for (const group of groups) await bundle(group);
  await bundleConsole(root, join(made, 'console'));
  await bundleClient();
  await replaceFolder(made, join(root, 'dist'));
} finally {
  await rm(made, { recursive: true, force: true });
}

/** @param {string[]} files */
async function bundle(files) {
  await build({
    absWorkingDir: root,
    entryPoints: files.map((file) => join(source, file)),
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
    // Node keeps the text of what it has loaded. Names stay: stacks and logs have them.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 200,
    banner: { js: banner },
    plugins: [keepPlaces, otherGroups, takeBuiltins, keepPackages],
    logLevel: 'warning',
  });
}

/** The client runs in browsers, too: nothing of Node is in it but what it asks for when it is there. */
async function bundleClient() {
  await build({
    absWorkingDir: root,
    entryPoints: [join(source, 'client', 'exported.ts')],
    outdir: made,
    outbase: source,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    external: ['node:*'],
    target: ['node20', 'es2022'],
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
  });
}
