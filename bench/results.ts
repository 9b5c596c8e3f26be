import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wilsonInterval } from '../src/repository/figures/interval.ts';
import { describeMachine } from './machine.ts';

/** The sections of RESULTS.md in their order; each is written by one command and by no other. */
const sections = [
  'Serving',
  'Peers',
  'Start',
  'Training',
  'Memory',
  'Memory of training',
  'Accuracy',
  'Real scenes',
  'Doubt',
] as const;
export type Section = (typeof sections)[number];

const file = join(import.meta.dirname, 'RESULTS.md');
const preface =
  '# Results\n\nMeasured, not promised. Every section names the command that wrote it: run it again on your machine.';

/** The text with this section in its place; all other sections stay as they are. */
export function withSection(text: string, section: Section, body: string): string {
  const found = new Map<string, string>();
  for (const part of text.split(/^(?=## )/m)) {
    const title = /^## (.*)/.exec(part)?.[1];
    if (title !== undefined) found.set(title.trim(), part.trim());
  }
  found.set(section, `## ${section}\n\n${body.trim()}`);
  const ordered = sections.flatMap((title) => found.get(title) ?? []);
  return `${[preface, ...ordered].join('\n\n')}\n`;
}

/** The text with this part (a heading of the third level) in its place in a section, or at the section's end. */
export function withPart(text: string, section: Section, title: string, body: string): string {
  const present = text.split(/^(?=## )/m).find((part) => part.startsWith(`## ${section}\n`)) ?? '';
  const parts = present
    .replace(/^## .*\n/, '')
    .split(/^(?=### )/m)
    .map((part) => part.trim());
  const part = `### ${title}\n\n${body.trim()}`;
  const known = parts.findIndex((other) => other.startsWith(`### ${title}\n`));
  if (known < 0) parts.push(part);
  else parts[known] = part;
  return withSection(text, section, parts.filter(Boolean).join('\n\n'));
}

/** The text with this before the first part of a section, whose parts stay as they are. */
export function withLead(text: string, section: Section, body: string): string {
  const present = text.split(/^(?=## )/m).find((part) => part.startsWith(`## ${section}\n`)) ?? '';
  const parts = present.split(/^(?=### )/m).slice(1);
  return withSection(
    text,
    section,
    [body.trim(), ...parts.map((part) => part.trim())].join('\n\n'),
  );
}

/** Writes what stands before the parts of a section of bench/RESULTS.md. */
export async function writeLead(section: Section, body: string): Promise<void> {
  const before = await readFile(file, 'utf8').catch(() => '');
  await writeFile(file, withLead(before, section, body));
}

/** Writes one part of a section of bench/RESULTS.md and leaves the rest of it as it is. */
export async function writePart(section: Section, title: string, body: string): Promise<void> {
  const before = await readFile(file, 'utf8').catch(() => '');
  await writeFile(file, withPart(before, section, title, body));
}

/** Writes a section of bench/RESULTS.md; parts inside of it have headings of the third level. */
export async function writeSection(section: Section, body: string): Promise<void> {
  const before = await readFile(file, 'utf8').catch(() => '');
  await writeFile(file, withSection(before, section, body));
}

/** The text with this between the comments `<!-- name -->` and `<!-- /name -->`, which must be there. */
export function withBlock(text: string, name: string, body: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`there is no ${open} with a ${close} after it`);
  return `${text.slice(0, start + open.length)}\n\n${body.trim()}\n\n${text.slice(end)}`;
}

/** Writes what a page tells of measurements, in the place that the page keeps for it. */
export async function writeBlock(page: string, name: string, body: string): Promise<void> {
  await writeFile(page, withBlock(await readFile(page, 'utf8'), name, body));
}

/** The first line of a section: when, where and by which command. */
export function origin(command: string): string {
  return `${new Date().toISOString().slice(0, 10)}, ${describeMachine()}. Made by \`${command}\`.`;
}

/** A share with the interval in which it lies with 95 % confidence. */
export function shareOf(part: number, whole: number): string {
  const [low, high] = wilsonInterval(part / whole, whole).map((end) => (100 * end).toFixed(1));
  return `${((100 * part) / whole).toFixed(1)} % (${low} to ${high})`;
}

/** A Markdown table with its columns padded, so that it reads in a terminal too; the first ones are text. */
export function table(rows: readonly (readonly string[])[], textColumns = 1): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column < textColumns ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column < textColumns ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(rows[0]!), line(rule), ...rows.slice(1).map(line)].join('\n');
}
