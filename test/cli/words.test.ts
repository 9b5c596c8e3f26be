import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { knobTable, knobWarnings } from '../../src/cli/config.ts';
import { table } from '../../src/cli/table.ts';
import { ConfigSchema } from '../../src/config/config-schema.ts';

describe('tables', () => {
  it('align words left and numbers right, without trailing blanks', () => {
    expect(
      table(
        ['model', 'versions', 'state'],
        [
          ['digits', '12', 'READY'],
          ['a', '3', ''],
        ],
      ),
    ).toBe('model   versions  state\ndigits        12  READY\na              3');
  });

  it('may be empty', () => {
    expect(table(['model', 'state'], [])).toBe('model  state');
  });
});

describe('knobs in words', () => {
  it('warn of every unknown variable and name the one that was probably meant', () => {
    expect(knobWarnings(['GLIMPSE_PROT', 'GLIMPSE_FROBNICATE_ALL'])).toEqual([
      'GLIMPSE_PROT is no setting of Glimpse and is ignored; did you mean GLIMPSE_PORT?',
      'GLIMPSE_FROBNICATE_ALL is no setting of Glimpse and is ignored.',
    ]);
  });

  it('are in docs/tuning.md exactly as `glimpse config --markdown` prints them', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/tuning.md'), 'utf8');
    const listed = page.slice(page.indexOf('- **`GLIMPSE_'));
    expect(listed.trim()).toBe(knobTable());
  });

  it('list every knob for the documentation, the same on every machine', () => {
    const rows = knobTable();
    for (const knob of Object.keys(ConfigSchema.properties)) expect(rows).toContain(`\`${knob}\``);
    expect(rows).toContain('`GLIMPSE_DECODE_CONCURRENCY`** (one per core; a whole number');
  });
});
