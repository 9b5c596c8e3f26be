import { ConfigSchema } from '../config/config-schema.ts';
import { domainOf, knobs, readConfig, unknownKnobs, type Knob } from '../config.ts';
import { defineCommand, print, printAside } from './command.ts';
import { nearest } from '../nearest.ts';
import { flag } from './options.ts';

export const command = defineCommand({
  name: 'config',
  description:
    'Prints every setting as it takes effect here, where it came from, and what it means.',
  options: {
    json: flag('the effective settings as one JSON object'),
    markdown: flag('the table of docs/tuning.md: defaults, not what is set here'),
  },
  async run({ json, markdown }) {
    if (markdown) print(knobTable());
    else if (json) print(JSON.stringify(masked(), null, 2));
    else print(described());
    for (const warning of knobWarnings()) printAside(warning);
    return 0;
  },
});

/** One sentence for every GLIMPSE_ variable that is no knob, with the knob that was probably meant. */
export function knobWarnings(unknown: readonly string[] = unknownKnobs()): string[] {
  return unknown.map((name) => {
    const meant = nearest(name, knobs);
    return `${name} is no setting of Glimpse and is ignored${meant ? `; did you mean ${meant}?` : '.'}`;
  });
}

/** The rows of docs/tuning.md. */
export function knobTable(): string {
  const rows = knobs.map((knob) => {
    const { value, sentence } = wordsOf(knob);
    return `- **\`${knob}\`** (${value === '' ? 'empty' : value}; ${domainOf(knob)})\\\n  ${sentence}`;
  });
  return rows.join('\n');
}

/** The default of a knob and its sentence, for people. */
export function wordsOf(knob: Knob): { value: string; sentence: string } {
  const schema: Record<string, unknown> = { ...ConfigSchema.properties[knob] };
  const value = schema['$comment'] || schema['default'];
  return { value: String(value), sentence: String(schema['description']) };
}

/** Settings that are a secret as a whole (AWS keys are never our settings). A URL may carry a password, too. */
export const secretKnobs: ReadonlySet<Knob> = new Set<Knob>([
  'GLIMPSE_ADMIN_KEY',
  'GLIMPSE_API_KEY',
  'GLIMPSE_REDIS_URL',
]);

function masked(): Record<string, unknown> {
  const config = readConfig();
  return Object.fromEntries(
    knobs.map((knob) => {
      const value = config[knob];
      if (secretKnobs.has(knob)) return [knob, value === '' ? '' : '***'];
      return [knob, typeof value === 'string' ? value.replace(/\/\/[^/@]*@/, '//***@') : value];
    }),
  );
}

function described(): string {
  const [effective, defaults] = [masked(), readConfig({})];
  const lines = knobs.map((knob) => {
    const mark = String(defaults[knob]) === String(effective[knob]) ? ' ' : '*';
    const value = effective[knob] === '' ? '(empty)' : String(effective[knob]);
    return `${mark} ${knob}=${value}\n      ${wordsOf(knob).sentence}`;
  });
  return [...lines, '', '* differs from its default'].join('\n');
}
