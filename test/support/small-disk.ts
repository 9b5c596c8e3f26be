import { spawnSync } from 'node:child_process';
import { appendFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../src/disk-errors.ts';

/**
 * Folders that are small disks of their own, for one process: mounted in a name space of its own, which
 * needs no root where the system lets users have such name spaces.
 */
export function withSmallDisks(folders: readonly string[], size: string): string[] {
  const mounts = folders.map((folder) => `mount -t tmpfs -o size=${size} tmpfs '${folder}'`);
  return ['unshare', '-rm', 'sh', '-c', `${mounts.join(' && ')} && exec "$@"`, 'sh'];
}

/** A folder that the process can read and not write, whatever user it is. */
export function withReadOnlyFolder(folder: string): string[] {
  const mounts = `mount --bind '${folder}' '${folder}' && mount -o remount,bind,ro '${folder}'`;
  return ['unshare', '-rm', 'sh', '-c', `${mounts} && exec "$@"`, 'sh'];
}

/** No file this process writes gets larger; any system that has a shell can do it. */
export function withSmallFiles(blocks: number): string[] {
  return ['sh', '-c', `ulimit -f ${blocks} && exec "$@"`, 'sh'];
}

/** Why there are no small disks here; undefined when there are. */
export function whyNoSmallDisks(folder: string): string | undefined {
  const [program, ...args] = [...withSmallDisks([folder], '1m'), 'true'];
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

/** A small disk as this process sees it, through the process it was mounted for. */
export function smallDisk(pid: number, folder: string) {
  const root = join('/proc', String(pid), 'root', folder);
  const ballast = join(root, 'ballast');
  return {
    root,
    /** Takes every byte that is left. */
    async fill(): Promise<void> {
      const block = Buffer.alloc(4096);
      for (;;) {
        try {
          await appendFile(ballast, block);
        } catch (error) {
          if (hasCode(error, 'ENOSPC')) return;
          throw error;
        }
      }
    },
    async free(): Promise<void> {
      await rm(ballast, { force: true });
    },
    list: async (below: string): Promise<string[]> =>
      readdir(join(root, below)).catch((error: unknown) => {
        if (hasCode(error, 'ENOENT')) return [];
        throw error;
      }),
  };
}

/** Folders of a server with bars.csv to learn from. */
export async function layOut(folder: string, csv: string) {
  const [data, models, datasets] = ['data', 'models', 'datasets'].map((name) => join(folder, name));
  for (const one of [data!, models!, datasets!]) await mkdir(one);
  await writeFile(join(datasets!, 'bars.csv'), csv);
  return { data: data!, models: models!, datasets: datasets! };
}
