import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MissingTool, run } from './run.ts';
import { fetchOnce } from './tools.ts';

/** promtool as it is here, else out of Debian's package of Prometheus. */
export async function promtool(): Promise<string> {
  return programOfPrometheus('promtool');
}

/** The server of Prometheus, from where promtool is. */
export async function prometheus(): Promise<string> {
  return programOfPrometheus('prometheus');
}

async function programOfPrometheus(name: string): Promise<string> {
  try {
    await run(name, ['--version']);
    return name;
  } catch (error) {
    if (!(error instanceof MissingTool)) throw error;
  }
  const folder = await fetchOnce('prometheus.deb', async (folder) => {
    await run('apt-get', ['download', 'prometheus'], { cwd: folder });
    const archive = (await readdir(folder)).find((name) => name.endsWith('.deb')) ?? '';
    await run('dpkg-deb', ['--extract', archive, '.'], { cwd: folder });
  });
  return join(folder, 'usr', 'bin', name);
}
