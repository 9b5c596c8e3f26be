import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { storedZip } from '../src/exporting/stored-zip.ts';
import { packageRoot, packageVersion } from '../src/package.ts';

/**
 * `npm run bundle:eb -- --image <repository:tag>` makes the source bundle of Elastic Beanstalk (deploy/beanstalk) as a ZIP file, with the
 * image in its compose file.
 */
const source = join(packageRoot, 'deploy', 'beanstalk');
const usage =
  'Usage: npm run bundle:eb -- --image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/glimpse:0.1.0 [--out glimpse.zip]';

/** The files of a bundle, by their names in it, in order. */
export async function bundleFiles(image: string): Promise<Map<string, Buffer>> {
  checkImage(image);
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  const files = new Map<string, Buffer>();
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const path of paths.toSorted()) {
    const name = relative(source, path).split(sep).join('/');
    const text = await readFile(path, 'utf8');
    files.set(
      name,
      Buffer.from(name === 'docker-compose.yml' ? text.replace('GLIMPSE_IMAGE', image) : text),
    );
  }
  return files;
}

/** An image that moves would make instances of one environment answer by different programs. */
function checkImage(image: string): void {
  if (!/^[\w.\-/]+(:\d+\/[\w.\-/]+)?(:[\w.-]+|@sha256:[\da-f]{64})$/.test(image)) {
    throw new Error(`"${image}" names no version of an image, by tag or by digest.`);
  }
  if (image.endsWith(':latest')) throw new Error('"latest" moves; name a version of the image.');
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { image: { type: 'string' }, out: { type: 'string' } } });
  if (values.image === undefined) throw new Error('Which image?');
  const files = await bundleFiles(values.image);
  const out = values.out ?? join(packageRoot, '.glimpse', `glimpse-eb-${packageVersion}.zip`);
  const members = [...files].map(([name, body]) => ({ name, size: body.length, body }));
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, storedZip(members).write());
  console.log(`${relative('.', out)}: ${[...files.keys()].join(', ')}`);
}

if (process.argv[1] === import.meta.filename) {
  try {
    await main();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exitCode = 2;
  }
}
