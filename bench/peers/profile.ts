import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
      readonly columnNumber: number;
    };
  }[];
  /** Microseconds of the monotonic clock. */
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

type Frame = CpuProfile['nodes'][number]['callFrame'];

/** The profile that `node --cpu-prof` has left of the main thread. */
export async function readMainProfile(folder: string): Promise<CpuProfile> {
  const names = await readdir(folder);
  // CPU.<day>.<time>.<process>.<thread>.<number>.cpuprofile
  const main = names.find((name) => /^CPU\.\d+\.\d+\.\d+\.0\.\d+\.cpuprofile$/.test(name));
  if (main === undefined) throw new Error(`no profile of a main thread among ${names.join(', ')}`);
  return JSON.parse(await readFile(join(folder, main), 'utf8')) as CpuProfile;
}

/** Milliseconds that each part of the program computed itself between two moments of the monotonic clock. */
export async function selfTimes(
  profile: CpuProfile,
  { fromUs, untilUs }: { readonly fromUs: number; readonly untilUs: number },
): Promise<Map<string, number>> {
  const parts = new Map<number, string>();
  const maps = new Map<string, SourceMap | undefined>();
  for (const { id, callFrame } of profile.nodes) parts.set(id, await partOf(callFrame, maps));
  const found = new Map<string, number>();
  let now = profile.startTime;
  profile.samples.forEach((id, index) => {
    now += profile.timeDeltas[index]!;
    if (now < fromUs || now > untilUs) return;
    const part = parts.get(id) ?? 'unknown';
    // A sample stands for the time until the next one.
    found.set(part, (found.get(part) ?? 0) + (profile.timeDeltas[index + 1] ?? 0) / 1000);
  });
  return found;
}

/** Where a function comes from: a room of src, a package, Node, or what the engine says itself. */
async function partOf(frame: Frame, maps: Map<string, SourceMap | undefined>): Promise<string> {
  const { functionName, url, lineNumber, columnNumber } = frame;
  if (url === '') return functionName.startsWith('(') ? functionName : 'native calls of Node';
  if (url.startsWith('node:')) return 'Node';
  if (url.startsWith('wasm:')) return 'WebAssembly';
  if (!url.startsWith('file:')) return 'unknown';
  const file = fileURLToPath(url);
  if (file.includes('/node_modules/')) return nameOfSource(file);
  if (!maps.has(file)) maps.set(file, await mapBeside(file));
  const entry = maps.get(file)?.findEntry(lineNumber, columnNumber);
  const source = entry !== undefined && 'originalSource' in entry ? entry.originalSource : file;
  return nameOfSource(source);
}

async function mapBeside(file: string): Promise<SourceMap | undefined> {
  const map = `${file}.map`;
  if (!existsSync(map)) return undefined;
  return new SourceMap(JSON.parse(await readFile(map, 'utf8')) as SourceMapPayload);
}

/** `src/http` of .../src/http/predict/x.ts, and the name of a package. */
export function nameOfSource(source: string): string {
  const packaged = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1];
  if (packaged !== undefined) return packaged;
  const own = /(?:^|\/)src\/([^/]+)/.exec(source)?.[1];
  return own === undefined ? 'unknown' : `src/${own.replace(/\.ts$/, '')}`;
}
