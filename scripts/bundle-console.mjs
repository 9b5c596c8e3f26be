import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'esbuild';

/** What of others is inside of the bundle. */
const packages = ['preact', 'uplot'];

/**
 * Makes the page for people from console/: one script and one style, named by what is in them, and every file beside its
 * compressed forms, so that a server only reads them.
 * @param {string} root
 * @param {string} folder
 */
export async function bundleConsole(root, folder) {
  await mkdir(folder, { recursive: true });
  const source = join(root, 'console');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join(source, 'main.tsx'), join(source, 'console.css')],
    outdir: folder,
    entryNames: '[name]',
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome110', 'firefox115', 'safari16.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
  });
  let page = await readFile(join(source, 'index.html'), 'utf8');
  for (const { path, contents } of outputFiles) {
    const [, name, end] = /([^/\\]+)\.(\w+)$/.exec(path);
    const digest = createHash('sha256').update(contents).digest('hex').slice(0, 8).toUpperCase();
    await writeFile(join(folder, `${name}.${digest}.${end}`), contents);
    page = page.replaceAll(`./${name}.${end}`, `./${name}.${digest}.${end}`);
  }
  await writeFile(join(folder, 'index.html'), page);
  await copyFile(join(source, 'icon.svg'), join(folder, 'icon.svg'));
  await writeFile(join(folder, 'licences.txt'), await licences(root));
  for (const name of await readdir(folder)) await compress(join(folder, name));
}

/** @param {string} root */
async function licences(root) {
  const texts = packages.map(async (name) => {
    const text = await readFile(join(root, 'node_modules', name, 'LICENSE'), 'utf8');
    return `${name}\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join('\n\n');
}

/** @param {string} path */
async function compress(path) {
  const bytes = await readFile(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, { params }));
  await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }));
}
