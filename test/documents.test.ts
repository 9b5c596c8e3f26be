import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const listed = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
    file.replaceAll('\\', '/'),
  );

const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'bench/RESULTS.md',
  ...listed('docs')
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];
const sources = ['src', 'assembly', 'test', 'scripts', 'bench'].flatMap((folder) =>
  listed(folder).map((file) => `/${folder}/${file}`),
);
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

it('gives every decision a number of its own, which its heading has too', () => {
  const decisions = listed('docs/decisions');
  const numbers = decisions.map((file) => file.slice(0, 4));
  expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([]);
  const headings = decisions.map((file) => /^# (\d+)/.exec(read(`docs/decisions/${file}`))?.[1]);
  expect(headings.map(Number)).toEqual(numbers.map(Number));
});

describe.each(pages)('%s', (page) => {
  const text = read(page);

  it('names only files of ours that are there', () => {
    const named = [...text.matchAll(/`([\w/.-]+\.(?:ts|mjs|sh))`/g)].map(([, file]) => file!);
    expect(named.filter((file) => !sources.some((one) => one.endsWith(`/${file}`)))).toEqual([]);
  });

  it('links only to what is there', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(
      ([, link]) => link!,
    );
    const missing = links.filter((link) => !existsSync(join(root, dirname(page), link)));
    expect(missing).toEqual([]);
  });

  it('tells to run only scripts that there are', () => {
    const told = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!);
    expect(told.filter((name) => !(name in scripts))).toEqual([]);
  });
});
