import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { knownSettings } from '../src/known-settings.ts';
import { keptTemplates, templateText } from '../src/write-templates.ts';

describe('the templates that are kept beside the code', () => {
  for (const { file, settings } of keptTemplates) {
    const text = readFileSync(file, 'utf8');

    it(`${basename(file)} is what the code makes (npm run templates writes it)`, () => {
      expect(templateText(settings)).toBe(text);
    });

    it(`${basename(file)} names only settings that Glimpse has`, () => {
      const named = [...text.matchAll(/"(GLIMPSE_[A-Z0-9_]+)"/g)].map(([, name]) => name!);
      expect(named.length).toBeGreaterThan(10);
      const known = knownSettings();
      expect(named.filter((name) => !known.has(name))).toEqual([]);
    });

    it(`${basename(file)} can be deployed by CloudFormation alone`, () => {
      const template = JSON.parse(text) as Record<string, object>;
      expect(template).not.toHaveProperty('Rules');
      expect(template).not.toHaveProperty('Parameters');
      // Of 51,200 bytes a template is taken as it is; a larger one is put into a bucket first, where a megabyte is the limit.
      expect(text.length).toBeLessThan(1_000_000);
      const types = Object.values(template['Resources'] as Record<string, { Type: string }>);
      expect(types.filter(({ Type }) => /Lambda|Custom/.test(Type))).toEqual([]);
    });
  }
});
