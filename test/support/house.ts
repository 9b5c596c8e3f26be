import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** The sources as a graph: what the architecture test judges. */
const src = join(import.meta.dirname, '..', '..', 'src');

export interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every source file, its path counted from `src`. */
export const sources: readonly string[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'));

export const textOf = (file: string): string => readFileSync(join(src, file), 'utf8');

/** A file at the top of `src` is a room of its own, anything else belongs to its first folder. */
export const roomOf = (file: string): string => file.split('/')[0]!.replace(/\.ts$/, '');

/** The folder a file lies in: its room, or a sub-room of it. */
export const folderOf = (file: string): string => posix.dirname(file);

/** What a file imports: types, and the programs it starts as threads, too. */
export function importsOf(file: string, text = textOf(file)): Import[] {
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, to]) => to!);
  const entries = [...text.matchAll(/entryBeside\(import\.meta\.url, '([^']+)'/g)];
  const started = entries.map(([, name]) => `./${name}.ts`);
  return [...specifiers, ...started].map((to) => ({
    from: file,
    to: to.startsWith('.') ? posix.normalize(posix.join(folderOf(file), to)) : to,
  }));
}

/** Whether an import stays among our own files. */
export const isOurs = ({ to }: Import): boolean => to.endsWith('.ts');

/**
 * The circles of a graph: its strongly connected parts of two or more members (Tarjan 1972), members in
 * alphabetical order.
 */
export function circlesOf(edges: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string): void => {
    order.set(node, order.size);
    low.set(node, order.get(node)!);
    open.push(node);
    for (const next of edges.get(node) ?? []) {
      if (!order.has(next)) visit(next);
      if (open.includes(next)) low.set(node, Math.min(low.get(node)!, low.get(next)!));
    }
    if (low.get(node) !== order.get(node)) return;
    const part = open.splice(open.indexOf(node));
    if (part.length > 1) circles.push(part.sort());
  };
  for (const node of edges.keys()) if (!order.has(node)) visit(node);
  return circles;
}

/** Imports among our own files as a graph; `placeOf` may lay files together, e.g. by folder. */
export function graphOf(
  imports: readonly Import[],
  placeOf: (file: string) => string = (file) => file,
): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const { from, to } of imports.filter(isOurs)) {
    const [here, there] = [placeOf(from), placeOf(to)];
    const next = edges.get(here) ?? new Set();
    edges.set(here, here === there ? next : next.add(there));
  }
  return edges;
}
