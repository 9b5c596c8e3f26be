/**
 * Reads one dataset as a training process does, or only loads the code; answers its peak memory as JSON. The built
 * Glimpse (`build`) is what runs: how code is compiled changes what it needs.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const load = async <Module>(name: string): Promise<Module> => {
  const file = join(import.meta.dirname, '..', 'build', `${name}.js`);
  return (await import(pathToFileURL(file).href)) as Module;
};
const { readConfig } = await load<typeof import('../src/config.ts')>('config');
const { openDatasets, openImages } =
  await load<typeof import('../src/compose/open.ts')>('compose/open');

const [folder, uri, examples] = process.argv.slice(2);
const config = readConfig({ GLIMPSE_DATASET_ROOT: folder!, GLIMPSE_DATA_DIR: folder! });
const images = openImages(config);
const datasets = openDatasets(config, images);
if (uri !== undefined) {
  const { dataset } = await datasets.open(
    { uri, shape: { width: 28, height: 28, channels: 1 } },
    { uploads: [], workDir: folder!, maxBadRows: 0 },
  );
  if (dataset.labels.length !== Number(examples)) throw new Error(`read ${dataset.labels.length}`);
}
await images.close();
console.log(JSON.stringify({ peakBytes: peakBytes() }));

/** VmHWM, which starts anew with the program, unlike the figure of getrusage; elsewhere that one. */
function peakBytes(): number {
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
  const kib = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  return Number(kib) * 1024;
}
