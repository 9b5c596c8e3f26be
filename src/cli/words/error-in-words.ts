import type { GlimpseError } from '../../errors.ts';
import { isRecord } from '../../json.ts';

/**
 * An error as the terminal shows it: its sentence and code, and below them every detail that a response over HTTP
 * would have, under the same names.
 */
export function errorInWords({ message, code, details = {} }: GlimpseError): string {
  return [`${message} (${code})`, ...linesOf(details, '  ')].join('\n');
}

function linesOf(details: Readonly<Record<string, unknown>>, indent: string): string[] {
  return Object.entries(details).flatMap(([name, value]) => {
    if (isRecord(value)) return [`${indent}${name}:`, ...linesOf(value, `${indent}  `)];
    if (!Array.isArray(value)) return [`${indent}${name}: ${textOf(value)}`];
    if (!value.some(isRecord)) return [`${indent}${name}: ${value.map(textOf).join(', ')}`];
    return [`${indent}${name}:`, ...value.map((one) => `${indent}  ${factsOf(one)}`)];
  });
}

/** One of several of a kind, on a line: "line 3, reason the label is missing". */
function factsOf(value: unknown): string {
  if (!isRecord(value)) return textOf(value);
  const facts = Object.entries(value).map(([name, fact]) => `${name} ${textOf(fact)}`);
  return facts.join(', ');
}

/** A text without quotes, and without what would move the cursor. */
function textOf(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return typeof value === 'string' ? json.slice(1, -1).replaceAll(String.raw`\"`, '"') : json;
}
