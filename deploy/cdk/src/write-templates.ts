import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { glimpseApp } from './app.ts';
import { settingsOfFile } from './read-settings.ts';

const templates = new URL('../templates/', import.meta.url);
const pathOf = (name: string): string => fileURLToPath(new URL(name, templates));

/** The templates that are kept beside the code: what the defaults make, and what everything that can be set makes. */
export const keptTemplates = [
  { file: pathOf('default.template.json'), settings: {} },
  {
    file: pathOf('full.template.json'),
    settings: settingsOfFile(pathOf('full.settings.json')),
  },
] as const;

/** The template of these settings as CloudFormation takes it. */
export function templateText(settings: (typeof keptTemplates)[number]['settings']): string {
  const folder = mkdtempSync(join(tmpdir(), 'glimpse-cdk-'));
  try {
    glimpseApp(settings, folder).app.synth();
    return `${readFileSync(join(folder, 'Glimpse.template.json'), 'utf8').trimEnd()}\n`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { file, settings } of keptTemplates) writeFileSync(file, templateText(settings));
}
