import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { run } from './run.ts';

/** The blocks of a page in one language, in their order. */
export async function codeBlocks(page: string, language: string): Promise<string[]> {
  const text = await readFile(page, 'utf8');
  const blocks = text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm);
  return [...blocks].filter(([, found]) => found === language).map(([, , code = '']) => code);
}

export interface Reader {
  /** Where somebody stands who reads it. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What has to be read otherwise on this machine: a port that is taken, by one that is free. */
  readonly instead?: Readonly<Record<string, string>>;
  /** What answers as soon as a server does that a block has started; left out where the page itself waits for that. */
  readonly url?: string;
}

/**
 * Does what the shell blocks of a page say, word for word and in their order, and gives what each has printed. A block that ends with `npm start` or `glimpse serve` starts a server, with what the block has exported: it
 * is left running until all is done, while the next blocks are read in what the page calls a second terminal.
 */
export async function followShell(
  blocks: readonly string[],
  { folder, env = {}, instead = {}, url }: Reader,
): Promise<string[]> {
  const servers: ChildProcess[] = [];
  const outputs: string[] = [];
  try {
    for (const block of blocks) {
      const words = Object.entries(instead).reduce(
        (text, [from, to]) => text.replaceAll(from, to),
        block,
      );
      const [before = '', start] = words.split(startsServer);
      outputs.push(await run('bash', ['-euo', 'pipefail', '-c', before], { cwd: folder, env }));
      if (start === undefined) continue;
      const exported = before.match(/^export .*$/gm) ?? [];
      servers.push(startServer([...exported, start].join('\n'), folder, env));
      if (url !== undefined) await untilAnswered(url, servers.at(-1)!);
    }
    return outputs;
  } finally {
    await Promise.all(servers.map(stop));
  }
}

const startsServer = /^((?:\w+=\S+ )*(?:npm start|npx glimpse serve).*)\n$/m;

/** In a group of its own, so that it ends with all that it has started. */
export function startServer(
  command: string,
  folder: string,
  env: Readonly<Record<string, string>>,
): ChildProcess {
  return spawn('bash', ['-c', command], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
}

export async function untilAnswered(url: string, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const isThere = await fetch(url).then(
      ({ status }) => status < 500,
      () => false,
    );
    if (isThere) return;
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`nobody answers ${url} after two minutes`);
}

export async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.pid === undefined) return;
  const ended = new Promise((resolve) => server.once('close', resolve));
  process.kill(-server.pid, 'SIGTERM');
  await ended;
}
